"""The frozen backbone: any plain ViT of timm, read block by block."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fpt_core.config import ProbeFeatures, TokenImportance
from fpt_core.errors import ConfigError
from fpt_core.models.timm_import import timm
from fpt_core.models.token_selection import attend, select_tokens, token_importance
from fpt_core.models.vit_block import (
    attention_output,
    check_plain,
    embed,
    mlp_output,
    query_key_value,
    rope_of_block,
)
from fpt_core.models.weights import fitting_state, state_hash

_RANDOM_SEED = 0
_TOKENS_AT_ONCE = 1024
"""On the CPU a batch is computed in parts of about so many tokens: more is not faster."""
MLP_ROWS = 512
"""Tokens whose hidden layer is held at once; fewer would read the weights too often."""


@dataclass(frozen=True, slots=True)
class ImportantTokens:
    """What the backbone hands over of a batch of images.

    Shape:
        keys, values ``(L, B, H, m, d)`` in descending importance; indices
        ``(L, B, H, m)``, counted with the prefix tokens.
    """

    keys: Tensor
    values: Tensor
    indices: Tensor


@dataclass(frozen=True, slots=True)
class TracedBlock:
    """What passed through one block, of one image.

    Shape:
        before ``(1, 1, C)``; keys, values ``(1, H, N, d)``; after ``(1, N, C)``.
    """

    before: Tensor
    """The first token as it came in."""
    keys: Tensor
    values: Tensor
    after: Tensor
    """All tokens as they are summed up."""


class FrozenBackbone(nn.Module):
    """A ViT without gradients, at one input size.

    Args:
        vit: A plain timm ViT; its position embeddings are resampled to ``image_size``.
        name: timm's name of the architecture.
        image_size: Side of the square input, in pixels.
        mean: Per-channel mean that inputs are normalised with, on a 0-1 scale.
        std: Per-channel standard deviation, likewise.
        pretrained: Whether the weights are more than random numbers.
        weights_hash: SHA-256 over the weights; ``None``: it is computed.

    Raises:
        ConfigError: If ``vit`` is not a plain ViT, or the input size is not a
            multiple of its patch size.
    """

    def __init__(
        self,
        vit: Any,
        name: str,
        image_size: int,
        mean: tuple[float, float, float] = (0.5, 0.5, 0.5),
        std: tuple[float, float, float] = (0.5, 0.5, 0.5),
        pretrained: bool = True,
        weights_hash: str | None = None,
    ) -> None:
        super().__init__()
        check_plain(vit, name)
        self.name = name
        self.pretrained = pretrained
        self.weights_hash = weights_hash or state_hash(vit.state_dict())
        self.image_size = image_size
        self.patch_size: int = vit.patch_embed.patch_size[0]
        self.embed_dim: int = vit.embed_dim
        self.depth = len(vit.blocks)
        self.num_heads: int = vit.blocks[0].attn.num_heads
        self.head_dim: int = vit.blocks[0].attn.head_dim
        self.num_prefix_tokens: int = vit.num_prefix_tokens
        self.has_class_token: bool = vit.cls_token is not None
        self.grid_size = (image_size // self.patch_size, image_size // self.patch_size)
        self.num_tokens = self.num_prefix_tokens + self.grid_size[0] * self.grid_size[1]
        self.mean, self.std = mean, std
        if image_size % self.patch_size:
            raise ConfigError(
                f"image_size must be a multiple of {name}'s patch size {self.patch_size}, "
                f"not {image_size}.",
                f"Choose {round(image_size / self.patch_size) * self.patch_size}.",
            )
        self._own_size: tuple[int, int] = vit.patch_embed.img_size
        # Resampled embeddings cannot be resampled to another size without loss.
        self._own_positions = None if vit.pos_embed is None else vit.pos_embed.detach()
        if vit.patch_embed.img_size != (image_size, image_size):
            vit.set_input_size(img_size=image_size)
        self.vit: Any = vit.eval().requires_grad_(False)
        # Persistent state belongs to the weights alone, so these are not buffers.
        self._mean = torch.tensor(mean).view(3, 1, 1)
        self._std = torch.tensor(std).view(3, 1, 1)

    def at_size(self, image_size: int) -> FrozenBackbone:
        """The same backbone for images of another size, on the same weights in memory.

        Raises:
            ConfigError: If the size is not a multiple of the patch size.
        """
        shared = {id(weight): weight for weight in self.vit.parameters()}
        vit = copy.deepcopy(self.vit, shared)
        vit.patch_embed.set_input_size(img_size=self._own_size)
        if self._own_positions is not None:
            positions = self._own_positions.to(next(self.vit.parameters()).device)
            vit.pos_embed = nn.Parameter(positions, requires_grad=False)
        other = FrozenBackbone(
            vit, self.name, image_size, self.mean, self.std, self.pretrained, self.weights_hash
        )
        return other

    def num_kept_tokens(self, token_ratio: float) -> int:
        """Tokens kept in each head: ``floor(token_ratio * N)``, prefix tokens counted."""
        return max(1, int(token_ratio * self.num_tokens))

    def normalise(self, images: Tensor) -> Tensor:
        """8-bit RGB to the backbone's input.

        Shape:
            ``(B, 3, S, S)`` uint8 -> float32.
        """
        device = images.device
        return (images.float() / 255 - self._mean.to(device)) / self._std.to(device)

    @torch.no_grad()
    def important_tokens(
        self,
        images: Tensor,
        blocks: tuple[int, ...],
        token_ratio: float,
        importance: TokenImportance,
        dtype: torch.dtype = torch.float32,
    ) -> ImportantTokens:
        """Keys and values of the most important tokens in each tapped block.

        Importance is computed in tapped blocks alone, and nothing after the last
        tapped block's keys and values.

        Reference: Huang et al., FPT, MICCAI 2024, section 2.2.

        Args:
            images: Normalised.
            blocks: Tapped blocks, in order.
            token_ratio: Share of the tokens kept in each head.
            importance: Which attention counts.
            dtype: Of the keys and values handed over.

        Shape:
            images ``(B, 3, S, S)``.

        Raises:
            ConfigError: If ``class_token`` importance is asked of a backbone without one.
        """
        if importance == "class_token" and not self.has_class_token:
            raise ConfigError(
                f"{self.name} has no class token, so token_importance cannot be 'class_token'.",
                "Choose 'global'.",
            )
        return self._read(images, blocks, token_ratio, importance, dtype, None)

    @torch.no_grad()
    def tokens_and_summaries(
        self,
        images: Tensor,
        blocks: tuple[int, ...],
        token_ratio: float,
        importance: TokenImportance,
        dtype: torch.dtype = torch.float32,
        trace: list[TracedBlock] | None = None,
    ) -> tuple[ImportantTokens, Tensor]:
        """What ``important_tokens`` and ``summaries`` give, in one pass."""
        summaries = self._empty_summaries(images, blocks)
        tokens = self._read(images, blocks, token_ratio, importance, dtype, summaries, trace)
        return tokens, summaries

    @torch.no_grad()
    def summaries(
        self,
        images: Tensor,
        blocks: tuple[int, ...],
        trace: list[TracedBlock] | None = None,
    ) -> Tensor:
        """Class token (where there is one) and mean patch token after each of ``blocks``.

        After the last block its norm is applied, as ``pooled_features`` does. ``trace``, where
        it is given and there is one image, is filled with what passed through the blocks.

        Shape:
            ``(B, 3, S, S)`` normalised -> ``(B, n L, C)``, block by block.
        """
        summaries = self._empty_summaries(images, blocks)
        for part in self._parts(images):
            for _ in self._tapped_blocks(images[part], blocks, None, summaries[part], trace):
                pass
        return summaries

    def num_summaries(self, blocks: tuple[int, ...]) -> int:
        """How many vectors ``summaries`` gives of an image."""
        return (1 + self.has_class_token) * len(blocks)

    def _empty_summaries(self, images: Tensor, blocks: tuple[int, ...]) -> Tensor:
        return images.new_empty(len(images), self.num_summaries(blocks), self.embed_dim)

    def _read(
        self,
        images: Tensor,
        blocks: tuple[int, ...],
        token_ratio: float,
        importance: TokenImportance,
        dtype: torch.dtype,
        summaries: Tensor | None,
        trace: list[TracedBlock] | None = None,
    ) -> ImportantTokens:
        B, m = len(images), self.num_kept_tokens(token_ratio)
        shape = (len(blocks), B, self.num_heads, m)
        keys, values = images.new_empty(2, *shape, self.head_dim, dtype=dtype)
        indices = images.new_empty(shape, dtype=torch.long)
        for part in self._parts(images):
            filled = None if summaries is None else summaries[part]
            tapped = self._tapped_blocks(images[part], blocks, importance, filled, trace)
            for number, (scores, key, value) in enumerate(tapped):
                keys[number, part], values[number, part], indices[number, part] = select_tokens(
                    scores, key, value, m
                )
        return ImportantTokens(keys, values, indices)

    @torch.no_grad()
    def attention_received(
        self, images: Tensor, blocks: tuple[int, ...], importance: TokenImportance
    ) -> Tensor:
        """How much attention each token receives in each head of the tapped blocks.

        Shape:
            ``(B, 3, S, S)`` normalised -> ``(L, B, H, N)``.
        """
        tapped = self._tapped_blocks(images, blocks, importance)
        return torch.stack([scores for scores, _, _ in tapped])

    def _parts(self, images: Tensor) -> Iterator[slice]:
        """Images that go through the backbone together."""
        on_cpu = images.device.type == "cpu"
        at_once = max(1, _TOKENS_AT_ONCE // self.num_tokens) if on_cpu else len(images)
        for start in range(0, len(images), max(1, at_once)):
            yield slice(start, start + at_once)

    def _tapped_blocks(
        self,
        images: Tensor,
        blocks: tuple[int, ...],
        importance: TokenImportance | None,
        summaries: Tensor | None = None,
        trace: list[TracedBlock] | None = None,
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Importance, keys and values in each tapped block, one after another.

        ``summaries`` is filled block by block where it is given, and with it ``trace``; then the
        last tapped block is computed to its end. Without importance nothing is yielded.
        """
        x, rope = embed(self.vit, images)
        x = x.contiguous()
        for index, block in enumerate(self.vit.blocks[: blocks[-1] + 1]):
            normed = block.norm1(x)
            turn = rope_of_block(self.vit, rope, index)
            query, key, value = query_key_value(block.attn, normed, turn)
            if index == blocks[-1] and summaries is None and importance is not None:
                yield token_importance(query, key, importance), key, value
                return
            if index in blocks and importance is not None:
                context, scores = attend(query, key, value, importance)
                yield scores, key, value
            else:
                context = nn.functional.scaled_dot_product_attention(query, key, value)
            before = x[:, :1].clone()
            x += attention_output(block, normed, context)
            _add_mlp_output(block, x)
            if summaries is not None and index in blocks:
                own = blocks.index(index) * self.num_summaries((index,))
                after = self.vit.norm(x) if index == self.depth - 1 else x
                summary = self._summary(after)
                if trace is not None:
                    trace.append(TracedBlock(before, key, value, after.clone()))
                summaries[:, own : own + summary.shape[1]] = summary

    def _summary(self, tokens: Tensor) -> Tensor:
        """``(B, N, C)`` -> ``(B, n, C)``: class token, where there is one, and mean patch token."""
        mean = tokens[:, self.num_prefix_tokens :].mean(1, keepdim=True)
        return torch.cat([tokens[:, :1], mean], dim=1) if self.has_class_token else mean

    @torch.no_grad()
    def pooled_features(self, images: Tensor) -> Tensor:
        """Class token (where there is one) and mean patch token after the last block.

        Shape:
            ``(B, 3, S, S)`` normalised -> ``(B, C)`` or ``(B, 2 C)``.
        """
        return self._summary(self.last_tokens(images)).flatten(1)

    def pooled_columns(self, features: ProbeFeatures) -> slice:
        """Which columns of the pooled features a probe reads.

        Raises:
            ConfigError: If the class token is asked of a backbone without one.
        """
        if features == "class-token" and not self.has_class_token:
            raise ConfigError(
                f"{self.name} has no class token, so probe_features cannot be 'class-token'.",
                "Choose 'mean'.",
            )
        if features == "both" or not self.has_class_token:
            return slice(None)
        own = slice(None, self.embed_dim)
        return own if features == "class-token" else slice(self.embed_dim, None)

    def num_pooled(self, features: ProbeFeatures) -> int:
        """How many pooled features a probe reads."""
        columns = range(self.embed_dim * (1 + self.has_class_token))
        return len(columns[self.pooled_columns(features)])

    @torch.no_grad()
    def last_tokens(self, images: Tensor) -> Tensor:
        """All tokens after the last block, and after its norm where that comes before pooling.

        Shape:
            ``(B, 3, S, S)`` normalised -> ``(B, N, C)``.
        """
        tokens: Tensor = self.vit.forward_features(images)
        return tokens


def _add_mlp_output(block: Any, x: Tensor) -> None:
    """In place, and in parts: the hidden layer is four times as wide as the tokens."""
    rows_at_once = MLP_ROWS if x.device.type == "cpu" else x.shape[0] * x.shape[1]
    for rows in x.view(-1, x.shape[-1]).split(rows_at_once):
        rows += mlp_output(block, rows)


def bare_vit(name: str) -> Any:
    """Timm's model called ``name`` without its head, with weights drawn anew.

    Raises:
        ConfigError: If timm knows no such model.
    """
    if not timm.is_model(name.split(".")[0]):
        raise ConfigError(f"timm knows no model {name!r}.", "Check the name of the backbone.")
    vit = timm.create_model(name, num_classes=0)
    if getattr(vit, "attn_pool", None) is not None:
        vit.attn_pool = None  # SigLIP's head, which nothing here reads
    return vit


def load_backbone(
    name: str, weights: Path | None, image_size: int, device: torch.device | str = "cpu"
) -> FrozenBackbone:
    """The backbone ``name`` at ``image_size``, with weights from a file.

    Args:
        name: timm's name of the architecture.
        weights: safetensors, pth, pt or bin, of timm, of transformers or of the authors;
            ``None`` gives random weights, the same at every call.
        image_size: Side of the square input, in pixels.
        device: Where it will run.

    Raises:
        ConfigError: If timm does not know the name, or it is not a plain ViT.
        WeightsError: If the file cannot be read or does not fit, tensor by tensor.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_RANDOM_SEED)
        vit = bare_vit(name)
    cfg = vit.pretrained_cfg
    if weights is not None:
        vit.load_state_dict(fitting_state(vit, name, weights))
    backbone = FrozenBackbone(
        vit, name, image_size, cfg["mean"], cfg["std"], pretrained=weights is not None
    )
    return backbone.to(device)
