"""What one image's record holds, and where in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fpt_core.config import PixelRecipe, StoreDtype, TokenImportance

_VERSION = 2
_ALIGNED_BYTES = 64
_TORCH_DTYPES: dict[StoreDtype, torch.dtype] = {
    "int8": torch.int8,
    "float16": torch.float16,
    "float32": torch.float32,
}
_LARGEST_INT8 = 127

Part = tuple[str, tuple[int, ...], torch.dtype]


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """Everything that shapes a record; its hash names the store's folder."""

    backbone: str
    weights_hash: str
    image_size: int
    side_image_size: int
    """Side of the square side image as stored, a little over what training crops to."""
    blocks: tuple[int, ...]
    num_heads: int
    num_kept_tokens: int
    head_dim: int
    token_importance: TokenImportance
    mean: tuple[float, ...]
    std: tuple[float, ...]
    recipe: PixelRecipe
    dtype: StoreDtype
    version: int = _VERSION

    @property
    def fingerprint(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of all fields."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """All fields as JSON, the same for equal specs."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def tokens_shape(self) -> tuple[int, int, int, int]:
        """Shape ``(L, H, m, d)`` of one image's keys or values."""
        return (len(self.blocks), self.num_heads, self.num_kept_tokens, self.head_dim)

    @property
    def tokens_numel(self) -> int:
        """Numbers in one image's keys or values."""
        return int(np.prod(self.tokens_shape))

    @property
    def tokens_dtype(self) -> torch.dtype:
        """In which keys and values are handed over to be stored."""
        return torch.float16 if self.dtype == "int8" else _TORCH_DTYPES[self.dtype]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Names, shapes and types of what a record holds, in order."""
        tokens, dtype = self.tokens_shape, _TORCH_DTYPES[self.dtype]
        scales: tuple[Part, ...] = ()
        if self.dtype == "int8":
            scales = tuple(
                (name, tokens[:3], torch.float16) for name in ("key_scales", "value_scales")
            )
        return (
            ("keys", tokens, dtype),
            ("values", tokens, dtype),
            *scales,
            ("indices", tokens[:3], torch.uint16),
            ("side_images", (self.side_image_size, self.side_image_size, 3), torch.uint8),
        )

    @property
    def record_bytes(self) -> int:
        """Bytes that one image takes on disk, a whole number of cache lines."""
        used = sum(_part_bytes(part) for part in self.parts)
        return -(-used // _ALIGNED_BYTES) * _ALIGNED_BYTES


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of several images, as stored.

    Shape:
        keys, values ``(L, B, H, m, d)``; their scales, where they are int8, ``(L, B, H, m)``;
        indices ``(L, B, H, m)`` uint16; side images ``(B, 3, S, S)`` uint8.
    """

    keys: Tensor
    values: Tensor
    indices: Tensor
    side_images: Tensor
    key_scales: Tensor | None = None
    value_scales: Tensor | None = None


def pack(
    spec: StoreSpec, keys: Tensor, values: Tensor, indices: Tensor, side_image: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """One image's record.

    Shape:
        keys, values ``(L, H, m, d)``; indices ``(L, H, m)``; side image ``(S, S, 3)``
        -> ``(record_bytes,)``.
    """
    given = {
        "keys": keys,
        "values": values,
        "indices": indices,
        "side_images": torch.from_numpy(np.array(side_image)),
    }
    if spec.dtype == "int8":
        given["keys"], given["key_scales"] = quantise(keys)
        given["values"], given["value_scales"] = quantise(values)
    row = np.zeros(spec.record_bytes, np.uint8)
    start = 0
    for part in spec.parts:
        name, shape, dtype = part
        assert given[name].shape == shape, f"{name} of the spec's shape"
        content = given[name].to(dtype).contiguous().numpy()
        row[start : start + _part_bytes(part)] = content.reshape(-1).view(np.uint8)
        start += _part_bytes(part)
    return row


def unpack(spec: StoreSpec, rows: Tensor) -> Batch:
    """Records as tensors that share the rows' memory.

    Shape:
        ``(B, record_bytes)`` uint8, on any device.
    """
    found: dict[str, Tensor] = {}
    start = 0
    for part in spec.parts:
        name, shape, dtype = part
        content = rows[:, start : start + _part_bytes(part)]
        found[name] = content.view(dtype).unflatten(1, shape)
        start += _part_bytes(part)
    side = found.pop("side_images").permute(0, 3, 1, 2)
    return Batch(side_images=side, **{name: part.transpose(0, 1) for name, part in found.items()})


def quantise(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """8-bit integers and one scale for each token of each head.

    Shape:
        ``(..., d)`` -> ``(..., d)`` int8 and ``(...,)`` float16.
    """
    largest = tokens.float().abs().amax(-1)
    smallest = torch.finfo(torch.float16).tiny
    scales = (largest / _LARGEST_INT8).clamp(min=smallest).half()
    steps = (tokens / scales.float().unsqueeze(-1)).round()
    return steps.clamp(-_LARGEST_INT8, _LARGEST_INT8).to(torch.int8), scales


def _part_bytes(part: Part) -> int:
    _, shape, dtype = part
    return int(np.prod(shape)) * dtype.itemsize
