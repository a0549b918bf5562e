"""The frozen backbone: any plain ViT of timm, read block by block."""

from __future__ import annotations

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


class FrozenBackbone(nn.Module):
    """A ViT without gradients, at one input size.

    Args:
        vit: A plain timm ViT; its position embeddings are resampled to ``image_size``.
        name: timm's name of the architecture.
        image_size: Side of the square input, in pixels.
        mean: Per-channel mean that inputs are normalised with, on a 0-1 scale.
        std: Per-channel standard deviation, likewise.
        pretrained: Whether the weights are more than random numbers.

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
    ) -> None:
        super().__init__()
        check_plain(vit, name)
        self.name = name
        self.pretrained = pretrained
        self.weights_hash = state_hash(vit.state_dict())
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
        if vit.patch_embed.img_size != (image_size, image_size):
            vit.set_input_size(img_size=image_size)
        self.vit: Any = vit.eval().requires_grad_(False)
        # Persistent state belongs to the weights alone, so these are not buffers.
        self._mean = torch.tensor(mean).view(3, 1, 1)
        self._std = torch.tensor(std).view(3, 1, 1)

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
        B, m = len(images), self.num_kept_tokens(token_ratio)
        shape = (len(blocks), B, self.num_heads, m)
        keys, values = images.new_empty(2, *shape, self.head_dim, dtype=dtype)
        indices = images.new_empty(shape, dtype=torch.long)
        images_at_once = self._images_at_once(images.device)
        for start in range(0, B, images_at_once):
            part = slice(start, start + images_at_once)
            tapped = self._tapped_blocks(images[part], blocks, importance)
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

    def _images_at_once(self, device: torch.device) -> int:
        return max(1, _TOKENS_AT_ONCE // self.num_tokens) if device.type == "cpu" else 2**30

    def _tapped_blocks(
        self, images: Tensor, blocks: tuple[int, ...], importance: TokenImportance
    ) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Importance, keys and values in each tapped block, one after another."""
        x, rope = embed(self.vit, images)
        x = x.contiguous()
        for index, block in enumerate(self.vit.blocks[: blocks[-1] + 1]):
            normed = block.norm1(x)
            turn = rope_of_block(self.vit, rope, index)
            query, key, value = query_key_value(block.attn, normed, turn)
            if index == blocks[-1]:
                yield token_importance(query, key, importance), key, value
                return
            if index in blocks:
                context, scores = attend(query, key, value, importance)
                yield scores, key, value
            else:
                context = nn.functional.scaled_dot_product_attention(query, key, value)
            x += attention_output(block, normed, context)
            _add_mlp_output(block, x)

    @torch.no_grad()
    def pooled_features(self, images: Tensor) -> Tensor:
        """Class token (where there is one) and mean patch token after the last block.

        Shape:
            ``(B, 3, S, S)`` normalised -> ``(B, C)`` or ``(B, 2 C)``.
        """
        tokens = self.last_tokens(images)
        mean = tokens[:, self.num_prefix_tokens :].mean(1)
        return torch.cat([tokens[:, 0], mean], dim=1) if self.has_class_token else mean

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
