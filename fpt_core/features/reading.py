"""What each kind of method keeps of an image, and how that is computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fpt_core.config import FptConfig, PixelRecipe, StoreDtype
from fpt_core.features.record import (
    Content,
    FeaturesSpec,
    PictureSpec,
    RecordSpec,
    StoreSpec,
    SummedSpec,
)
from fpt_core.features.resizing import Resized, stored_size, to_input
from fpt_core.memory_limit import MB
from fpt_core.models.backbone import MLP_ROWS, FrozenBackbone, ImportantTokens, TracedBlock

_FLOAT_BYTES = 4
_ATTENTION_BYTES = 8 * MB
_LOW_SIZE = 224
_LARGE = 1.5
"""An image this many times as large as the small one is read at both sizes."""
_RUNTIME_BYTES = 32 * MB
"""Libraries' own buffers and what the allocator does not give back."""


class Reading(Protocol):
    """Computes the records of one spec."""

    @property
    def spec(self) -> RecordSpec[Any]:
        """What a record is."""

    @property
    def memory_bytes(self) -> int:
        """Estimated growth of memory while one image is read."""

    def content(self, pixels: Resized) -> Sequence[Content]:
        """What the spec packs of one image, from its copies at ``spec.sizes``."""


class TokenReading:
    """Important tokens of the frozen backbone and a small copy, for FPT and FPT+.

    Args:
        backbone: The frozen backbone.
        config: The method's shape.
        recipe: How pixels become images.
        dtype: Of the tokens as stored.
    """

    def __init__(
        self, backbone: FrozenBackbone, config: FptConfig, recipe: PixelRecipe, dtype: StoreDtype
    ) -> None:
        self.spec = store_spec(backbone, config, recipe, dtype)
        self._backbone, self._token_ratio = backbone, config.token_ratio

    @property
    def memory_bytes(self) -> int:
        """Of one image through the backbone."""
        return _token_bytes(self._backbone, self.spec)

    def content(self, pixels: Resized) -> Sequence[Content]:
        """Keys, values, indices and the side image."""
        high, side = pixels
        tokens = self._backbone.important_tokens(
            to_input(self._backbone, high),
            self.spec.blocks,
            self._token_ratio,
            self.spec.token_importance,
            self.spec.tokens_dtype,
        )
        kept = (tokens.keys, tokens.values, tokens.indices)
        return (*(part[:, 0].cpu() for part in kept), side)


class SummedReading:
    """What FPT+ reads and summaries of the backbone's blocks, for the recommended method.

    One pass gives both; where the image is large, a second, cheap one reads a small copy.

    Args:
        backbone: The frozen backbone.
        config: The method's shape.
        recipe: How pixels become images.
        dtype: Of the tokens as stored.
    """

    def __init__(
        self, backbone: FrozenBackbone, config: FptConfig, recipe: PixelRecipe, dtype: StoreDtype
    ) -> None:
        self.spec = summed_spec(backbone, config, recipe, dtype)
        self._backbone, self._token_ratio = backbone, config.token_ratio
        low = self.spec.low_size
        self._low = None if low is None else backbone.at_size(low)

    @property
    def memory_bytes(self) -> int:
        """Of one image through the backbone."""
        return _token_bytes(self._backbone, self.spec)

    @property
    def backbones(self) -> tuple[FrozenBackbone, ...]:
        """The backbone at each size whose summaries are read, in their order."""
        return (self._backbone,) if self._low is None else (self._backbone, self._low)

    def content(self, pixels: Resized) -> Sequence[Content]:
        """Keys, values, indices, the side image and the summaries."""
        high, side, *low = pixels
        tokens, summaries = self.read(to_input(self._backbone, high), low)
        kept = (tokens.keys, tokens.values, tokens.indices)
        return (*(part[:, 0].cpu() for part in kept), side, summaries[0].cpu())

    def read(
        self,
        images: Tensor,
        low: Sequence[NDArray[np.uint8]],
        traces: Sequence[list[TracedBlock]] | None = None,
    ) -> tuple[ImportantTokens, Tensor]:
        """Tokens and summaries of one image at the backbone's size and, perhaps, a small one.

        ``traces``, where they are given, are filled: one for each of ``backbones``.
        """
        spec = self.spec
        tokens, summaries = self._backbone.tokens_and_summaries(
            images,
            spec.blocks,
            self._token_ratio,
            spec.token_importance,
            spec.tokens_dtype,
            None if traces is None else traces[0],
        )
        if self._low is None:
            return tokens, summaries
        small = self._low.summaries(
            to_input(self._low, low[0]), spec.blocks, None if traces is None else traces[1]
        )
        return tokens, torch.cat([summaries, small], dim=1)


class FeatureReading:
    """What the frozen backbone makes of an image in the end, for the probes.

    Args:
        backbone: The frozen backbone.
        pooled: Class token and mean patch token, rather than all tokens.
        recipe: How pixels become images.
        dtype: Of the vectors as stored.
    """

    def __init__(
        self, backbone: FrozenBackbone, pooled: bool, recipe: PixelRecipe, dtype: StoreDtype
    ) -> None:
        self._backbone, self._pooled = backbone, pooled
        self.spec = FeaturesSpec(
            kind="pooled" if pooled else "tokens",
            backbone=backbone.name,
            weights_hash=backbone.weights_hash,
            image_size=backbone.image_size,
            num_vectors=1 + backbone.has_class_token if pooled else backbone.num_tokens,
            embed_dim=backbone.embed_dim,
            mean=tuple(backbone.mean),
            std=tuple(backbone.std),
            recipe=recipe,
            dtype=dtype,
        )

    @property
    def memory_bytes(self) -> int:
        """Of one image through the backbone."""
        return _backbone_bytes(self._backbone, 0) + 3 * self.spec.record_bytes

    def content(self, pixels: Resized) -> Sequence[Content]:
        """The vectors."""
        images = to_input(self._backbone, pixels[0])
        if self._pooled:
            features = self._backbone.pooled_features(images)
            return (features.view(self.spec.num_vectors, -1).cpu(),)
        return (self._backbone.last_tokens(images)[0].cpu(),)


class PictureReading:
    """The decoded image itself, for methods that train through the backbone.

    Args:
        image_size: What training crops to, in pixels.
        recipe: How pixels become images.
    """

    memory_bytes = _RUNTIME_BYTES

    def __init__(self, image_size: int, recipe: PixelRecipe) -> None:
        self.spec = PictureSpec(stored_size(image_size), recipe)

    def content(self, pixels: Resized) -> Sequence[Content]:
        """The picture."""
        return pixels


def store_spec(
    backbone: FrozenBackbone, config: FptConfig, recipe: PixelRecipe, dtype: StoreDtype
) -> StoreSpec:
    """The spec of the records that ``config`` needs of ``backbone``."""
    return StoreSpec(
        backbone=backbone.name,
        weights_hash=backbone.weights_hash,
        image_size=backbone.image_size,
        side_image_size=stored_size(config.side_image_size),
        blocks=config.tapped_block_indices(backbone.depth),
        num_heads=backbone.num_heads,
        num_kept_tokens=backbone.num_kept_tokens(config.token_ratio),
        head_dim=backbone.head_dim,
        token_importance=config.token_importance,
        mean=tuple(backbone.mean),
        std=tuple(backbone.std),
        recipe=recipe,
        dtype=dtype,
    )


def summed_spec(
    backbone: FrozenBackbone, config: FptConfig, recipe: PixelRecipe, dtype: StoreDtype
) -> SummedSpec:
    """The spec of the records that the recommended method needs of ``backbone``."""
    tokens = store_spec(backbone, config, recipe, dtype)
    shared = {field.name: getattr(tokens, field.name) for field in dataclasses.fields(tokens)}
    low = low_size(backbone.image_size, backbone.patch_size)
    sizes = 1 if low is None else 2
    return SummedSpec(
        **shared, low_size=low, num_summaries=sizes * backbone.num_summaries(tokens.blocks)
    )


def low_size(image_size: int, patch_size: int) -> int | None:
    """Side of the small image that is worth a second pass, in pixels; ``None``: none is."""
    if image_size < _LARGE * _LOW_SIZE:
        return None
    return round(_LOW_SIZE / patch_size) * patch_size


def _backbone_bytes(backbone: FrozenBackbone, kept_numbers: int) -> int:
    """Estimated growth of memory while one image goes through the backbone.

    Linear in the number of tokens; measured growth lies below.
    """
    hidden = backbone.num_tokens * backbone.embed_dim
    passing = 10 * hidden + 8 * min(backbone.num_tokens, MLP_ROWS) * backbone.embed_dim
    pixels = 4 * 3 * backbone.image_size**2
    numbers = passing + pixels + kept_numbers
    return int(_FLOAT_BYTES * numbers) + _ATTENTION_BYTES + _RUNTIME_BYTES


def _token_bytes(backbone: FrozenBackbone, spec: StoreSpec) -> int:
    """Estimated growth of memory while the tokens of one image are selected and packed."""
    tokens = 4 * spec.tokens_numel // len(spec.blocks)
    return _backbone_bytes(backbone, tokens) + 3 * spec.record_bytes
