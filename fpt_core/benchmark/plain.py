"""The published way, written plainly: what the benchmark and the tests compare with.

Whole attention matrices in every block, all blocks, float32, one file an image; training
decodes the originals in every epoch. It shares weights with the fast path and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from fpt_core.config import TrainingConfig
from fpt_core.images import read_image
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.models.fusion import TokenFusion
from fpt_core.models.side_network import SideNetwork
from fpt_core.training.augmentation import Views, augment


def plain_attention(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Attention with its whole matrix.

    Shape:
        ``(..., N, d)`` each -> output ``(..., N, d)`` and matrix ``(..., N, N)``.
    """
    scores = query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5
    matrix = scores.softmax(-1)
    return matrix @ value, matrix


@torch.no_grad()
def plain_tokens(
    backbone: FrozenBackbone, images: Tensor, blocks: tuple[int, ...], token_ratio: float
) -> tuple[Tensor, Tensor]:
    """Keys and values of the important tokens, by global importance.

    Shape:
        images ``(B, 3, S, S)`` -> keys, values ``(L, B, H, m, d)``.
    """
    vit, num_kept = backbone.vit, backbone.num_kept_tokens(token_ratio)
    x = vit.norm_pre(vit._pos_embed(vit.patch_embed(images)))
    keys, values = [], []
    for block in vit.blocks:
        query, key, value = _query_key_value(block.attn, block.norm1(x))
        context, matrix = plain_attention(query, key, value)
        index = matrix.mean(-2).topk(num_kept).indices.unsqueeze(-1)
        index = index.expand(-1, -1, -1, key.shape[-1])
        keys.append(key.gather(-2, index))
        values.append(value.gather(-2, index))
        x = _rest_of_block(block, x, context)
    chosen = list(blocks)
    return torch.stack(keys)[chosen], torch.stack(values)[chosen]


def plain_prompts(fusion: TokenFusion, keys: Tensor, values: Tensor) -> Tensor:
    """The fused prompts.

    Shape:
        keys, values ``(L, B, H, m, d)`` -> ``(L, B, p, Cs)``.
    """
    L, B, H, _, d = keys.shape
    query = fusion.prompts
    if fusion.prompt_norm:
        query = fusion.layer_norm(query)
    if fusion.has_proj:
        query = fusion.prompt_proj(query)
    query = query.expand(L, B, -1, -1).unflatten(-1, (H, d)).transpose(2, 3)
    context, _ = plain_attention(query, keys, values)
    context = context.transpose(2, 3).flatten(-2)
    if fusion.has_proj:
        fused = fusion.out_proj(context) + fusion.prompts
    else:
        fused = fusion.out_proj(context + fusion.prompts)
    dropped: Tensor = fusion.dropout(fused)
    return dropped


def plain_logits(model: FptModel, side_images: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Logits of side images and important tokens, both attentions with whole matrices."""
    side: SideNetwork = model.side
    prompts = plain_prompts(model.fusion, keys, values)
    x = side._pos_embed(side.patch_embed(side_images))
    num_tokens = x.shape[1]
    for block, block_prompts in zip(side.blocks, prompts, strict=True):
        x = torch.cat([x, block_prompts], dim=1)
        context, _ = plain_attention(*_query_key_value(block.attn, block.norm1(x)))
        x = _rest_of_block(block, x, context)[:, :num_tokens]
    logits: Tensor = side.head(side.norm(x[:, 0]))
    return logits


def _query_key_value(attn: Any, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    qkv = attn.qkv(x).unflatten(-1, (3, attn.num_heads, attn.head_dim)).permute(2, 0, 3, 1, 4)
    query, key, value = qkv.unbind(0)
    return attn.q_norm(query), attn.k_norm(key), value


def _rest_of_block(block: Any, x: Tensor, context: Tensor) -> Tensor:
    x = x + block.ls1(block.attn.proj(context.transpose(1, 2).flatten(2)))
    hidden: Tensor = x + block.ls2(block.mlp(block.norm2(x)))
    return hidden


def store_plainly(folder: Path, name: str, keys: Tensor, values: Tensor) -> Path:
    """One image's float32 keys and values ``(L, H, m, d)`` in a file of their own."""
    path = folder / f"{name}.pt"
    torch.save({"keys": keys.clone(), "values": values.clone()}, path)
    return path


@dataclass(frozen=True, slots=True)
class PlainExample:
    """One labelled image, as the published way keeps it."""

    original: Path
    states: Path
    target: int


class PlainTraining:
    """The published training step.

    Args:
        model: The same module that the fast path trains.
        mean: Per-channel mean of the side network's input.
        std: Its standard deviation.
        training: The recipe.
    """

    def __init__(
        self,
        model: FptModel,
        mean: Sequence[float],
        std: Sequence[float],
        training: TrainingConfig,
    ) -> None:
        self.model = model
        self._mean, self._std = (torch.tensor(s).view(3, 1, 1) for s in (mean, std))
        self._training = training
        self._optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=training.learning_rate,
            betas=training.betas,
            weight_decay=training.weight_decay,
        )
        self._generator = torch.Generator().manual_seed(training.seed)

    def step(self, batch: Sequence[PlainExample]) -> float:
        """Decode, augment, load, learn; the loss is returned."""
        self.model.train()
        device = next(self.model.parameters()).device
        size = self.model.config.side_image_size
        images = torch.cat([self._side_image(example.original, size) for example in batch])
        states = [torch.load(example.states, weights_only=True) for example in batch]
        keys = torch.stack([state["keys"] for state in states], dim=1).to(device)
        values = torch.stack([state["values"] for state in states], dim=1).to(device)
        logits = plain_logits(self.model, images.to(device), keys, values)
        targets = torch.tensor([example.target for example in batch], device=device)
        loss = F.cross_entropy(logits, targets)
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self._training.grad_clip)
        self._optimizer.step()
        return float(loss.detach())

    def _side_image(self, path: Path, size: int) -> Tensor:
        larger = round(size * 9 / 8)
        picture = Image.fromarray(read_image(path)).resize((larger, larger))
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).unsqueeze(0).float() / 255
        return (
            augment(pixels, size, Views.draw(len(pixels), self._generator)) - self._mean
        ) / self._std
