"""From 8-bit pixels to calibrated probabilities as one module that can be exported.

The same numbers as the program's own path, written plainly: whole attention matrices,
nothing in place, and resizing as a product with a constant matrix.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from fpt_core.config import ProbeFeatures
from fpt_core.evaluation.calibration import Calibration
from fpt_core.features.resizing import stored_size
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.attentive_probe import AttentiveProbe
from fpt_core.models.baselines.fine_tuning import FineTunedBackbone
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.ensemble import EnsembleModel
from fpt_core.models.fpt import FptModel
from fpt_core.models.fusion import TokenFusion
from fpt_core.models.side_network import SideNetwork
from fpt_core.models.token_selection import select_tokens
from fpt_core.models.vit_block import (
    attention_output,
    embed,
    mlp_output,
    query_key_value,
    rope_of_block,
)

OUTPUTS = ("probabilities", "logits")
"""Names of every graph's outputs; FPT has ``token_indices`` beside them."""


class Graph(nn.Module):
    """What the graphs of all methods share: pixels to tokens, logits to probabilities.

    Args:
        backbone: The frozen backbone.
        calibration: The model's; ``None``: none.
        num_classes: Classes.
    """

    mean: Tensor
    std: Tensor
    offsets: Tensor

    def __init__(
        self, backbone: FrozenBackbone, calibration: Calibration | None, num_classes: int
    ) -> None:
        super().__init__()
        self.vit: Any = backbone.vit
        self.slope = 1.0 if calibration is None else calibration.slope
        offsets = (0.0,) * num_classes if calibration is None else calibration.offsets
        self.register_buffer("offsets", torch.tensor(offsets, dtype=torch.float32))
        for name, values in (("mean", backbone.mean), ("std", backbone.std)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1))

    def normalise(self, pixels: Tensor) -> Tensor:
        """``(B, S, S, 3)`` uint8 -> ``(B, 3, S, S)`` float32."""
        return (pixels.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.std

    def last_tokens(self, images: Tensor) -> Tensor:
        """Tokens after the last block and its norm, where it has one before pooling."""
        x, rope = embed(self.vit, images)
        for index, block in enumerate(self.vit.blocks):
            x = _through(block, x, rope_of_block(self.vit, rope, index))
        tokens: Tensor = self.vit.norm(x)
        return tokens

    def probabilities(self, logits: Tensor) -> Tensor:
        """Calibrated."""
        return (self.slope * logits + self.offsets).softmax(-1)


class FptGraph(Graph):
    """FPT and FPT+, token selection included.

    Shape:
        image ``(B, S, S, 3)`` uint8 at the backbone's size, side_image ``(B, T, T, 3)`` uint8 ->
        probabilities, logits ``(B, classes)``, token_indices ``(L, B, H, m)``.
    """

    side_resize: Tensor

    def __init__(
        self, backbone: FrozenBackbone, model: FptModel, calibration: Calibration | None
    ) -> None:
        super().__init__(backbone, calibration, model.side.num_classes)
        self.model = model
        self.blocks = model.config.tapped_block_indices(backbone.depth)
        self.num_prefix_tokens = backbone.num_prefix_tokens
        self.has_class_token = backbone.has_class_token
        self.num_kept = backbone.num_kept_tokens(model.config.token_ratio)
        self.register_buffer("side_resize", _resize_matrix(model.config.side_image_size))

    def forward(self, image: Tensor, side_image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities, logits, and which tokens were read."""
        keys, values, indices, _ = self._read(self.normalise(image))
        logits = self._member_logits(self.model, side_image, keys, values)
        return self.probabilities(logits), logits, indices

    def _member_logits(
        self, model: FptModel, side_image: Tensor, keys: Tensor, values: Tensor
    ) -> Tensor:
        side = self.side_resize @ self.normalise(side_image) @ self.side_resize.T
        return _side_logits(model.side, side, _prompts(model.fusion, keys, values))

    def _read(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Keys, values, indices of important tokens, and summaries of the tapped blocks."""
        kept, summaries = [], []
        x, rope = embed(self.vit, images)
        for index, block in enumerate(self.vit.blocks[: self.blocks[-1] + 1]):
            turn = rope_of_block(self.vit, rope, index)
            normed = block.norm1(x)
            key, value, weights = _attention(block.attn, normed, turn)
            if index in self.blocks:
                class_token = self.model.config.token_importance == "class_token"
                importance = weights[:, :, 0] if class_token else weights.mean(-2)
                kept.append(select_tokens(importance, key, value, self.num_kept))
            x = x + attention_output(block, normed, weights @ value)
            x = x + mlp_output(block, x)
            if index in self.blocks:
                summaries.append(self._summary(self.vit, x, index))
        keys, values, indices = (torch.stack(parts) for parts in zip(*kept, strict=True))
        return keys, values, indices, torch.cat(summaries, 1)

    def _summary(self, vit: Any, x: Tensor, index: int) -> Tensor:
        """Class token, where there is one, and mean patch token: ``(B, n, C)``."""
        if index == len(vit.blocks) - 1:
            x = vit.norm(x)
        mean = x[:, self.num_prefix_tokens :].mean(1, keepdim=True)
        return torch.cat([x[:, :1], mean], 1) if self.has_class_token else mean


class EnsembleGraph(FptGraph):
    """The recommended method, of a backbone that reads one size.

    Shape:
        as ``FptGraph``.
    """

    def __init__(
        self, backbone: FrozenBackbone, model: EnsembleModel, calibration: Calibration | None
    ) -> None:
        super().__init__(backbone, model.members.models[0], calibration)
        self.ensemble = model

    def forward(self, image: Tensor, side_image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities, logits, and which tokens were read."""
        keys, values, indices, summaries = self._read(self.normalise(image))
        return self._joined(side_image, keys, values, indices, summaries)

    def _joined(
        self, side_image: Tensor, keys: Tensor, values: Tensor, indices: Tensor, summaries: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        members = self.ensemble.members.models
        each = [self._member_logits(member, side_image, keys, values) for member in members]
        logits = self.ensemble.joined(torch.stack(each).mean(0), summaries)
        return self.probabilities(logits), logits, indices


class TwoSizesGraph(EnsembleGraph):
    """The recommended method, of a backbone that reads a small copy too.

    Args:
        backbone: The frozen backbone.
        model: The model.
        calibration: The model's; ``None``: none.
        low: The same backbone at the small copy's size.

    Shape:
        as ``FptGraph``, with low_image ``(B, R, R, 3)`` uint8 in between.
    """

    def __init__(
        self,
        backbone: FrozenBackbone,
        model: EnsembleModel,
        calibration: Calibration | None,
        low: FrozenBackbone,
    ) -> None:
        super().__init__(backbone, model, calibration)
        self.low_vit = low.vit

    def forward(  # type: ignore[override]
        self, image: Tensor, low_image: Tensor, side_image: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities, logits, and which tokens were read."""
        keys, values, indices, high = self._read(self.normalise(image))
        low = self._low_summaries(self.normalise(low_image))
        return self._joined(side_image, keys, values, indices, torch.cat([high, low], 1))

    def _low_summaries(self, images: Tensor) -> Tensor:
        summaries = []
        x, rope = embed(self.low_vit, images)
        for index, block in enumerate(self.low_vit.blocks[: self.blocks[-1] + 1]):
            x = _through(block, x, rope_of_block(self.low_vit, rope, index))
            if index in self.blocks:
                summaries.append(self._summary(self.low_vit, x, index))
        return torch.cat(summaries, 1)


class NetworkGraph(Graph):
    """Every method that is handed no tokens.

    Shape:
        image ``(B, S, S, 3)`` uint8 at ``image_size`` -> probabilities, logits
        ``(B, classes)``.
    """

    image_resize: Tensor

    def __init__(
        self,
        backbone: FrozenBackbone,
        model: LinearProbe | AttentiveProbe | FineTunedBackbone,
        calibration: Calibration | None,
        features: ProbeFeatures,
    ) -> None:
        head = model.linear if isinstance(model, LinearProbe) else model.head
        super().__init__(backbone, calibration, head.out_features)
        self.model = model
        self.num_prefix_tokens = backbone.num_prefix_tokens
        self.has_class_token = backbone.has_class_token
        self.columns = backbone.pooled_columns(features)
        self.image_size = backbone.image_size
        if isinstance(model, FineTunedBackbone):
            self.image_size = stored_size(backbone.image_size)
            self.register_buffer("image_resize", _resize_matrix(backbone.image_size))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities and logits."""
        images = self.normalise(image)
        if isinstance(self.model, FineTunedBackbone):
            images = self.image_resize @ images @ self.image_resize.T
            logits = self.model.classify(self.last_tokens(images))
        else:
            logits = self._probed(self.model, self.last_tokens(images))
        return self.probabilities(logits), logits

    def _probed(self, model: LinearProbe | AttentiveProbe, tokens: Tensor) -> Tensor:
        logits: Tensor
        if isinstance(model, AttentiveProbe):
            logits = model(tokens)
            return logits
        pooled = tokens[:, self.num_prefix_tokens :].mean(1)
        if self.has_class_token:
            pooled = torch.cat([tokens[:, 0], pooled], dim=1)
        logits = model(pooled[:, self.columns])
        return logits


def _prompts(fusion: TokenFusion, keys: Tensor, values: Tensor) -> Tensor:
    """``(L, B, H, m, d)`` -> ``(L, B, p, Cs)``."""
    H, d = keys.shape[2], keys.shape[4]
    query = fusion.query().unflatten(-1, (H, d)).transpose(-3, -2)
    weights = (query * d**-0.5 @ keys.transpose(-2, -1)).softmax(-1)
    context = (weights @ values).transpose(-3, -2).flatten(-2)
    prompts: Tensor
    if fusion.has_proj:
        prompts = fusion.out_proj(context) + fusion.prompts
    else:
        prompts = fusion.out_proj(context + fusion.prompts)
    return prompts


def _side_logits(side: SideNetwork, images: Tensor, prompts: Tensor) -> Tensor:
    x = side._pos_embed(side.patch_embed(images))
    num_tokens = x.shape[1]
    for block, block_prompts in zip(side.blocks, prompts, strict=True):
        x = _through(block, torch.cat([x, block_prompts], dim=1))[:, :num_tokens]
    logits: Tensor = side.head(side.norm(x[:, 0]))
    return logits


def _through(block: Any, x: Tensor, rope: Tensor | None = None) -> Tensor:
    """Tokens after ``block``."""
    normed = block.norm1(x)
    _, value, weights = _attention(block.attn, normed, rope)
    x = x + attention_output(block, normed, weights @ value)
    return x + mlp_output(block, x)


def _attention(attn: Any, normed: Tensor, rope: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Keys, values ``(B, H, N, d)`` and the whole attention matrix ``(B, H, N, N)``."""
    query, key, value = query_key_value(attn, normed, rope)
    weights = (query * attn.head_dim**-0.5 @ key.transpose(-2, -1)).softmax(-1)
    return key, value, weights


def _resize_matrix(size: int) -> Tensor:
    """What ``resize`` does to the rows of a stored image, as a matrix ``(size, stored)``."""
    stored = stored_size(size)
    unit = torch.eye(stored)[None, None]
    rows: Tensor = nn.functional.interpolate(
        unit, size=(size, stored), mode="bilinear", antialias=True
    )
    return rows[0, 0]
