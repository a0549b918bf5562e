"""What one image's record holds, and where in it."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

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
Row = NDArray[np.uint8]
Content = Tensor | NDArray[np.uint8]
Unpacked_co = TypeVar("Unpacked_co", covariant=True)


class RecordSpec(ABC, Generic[Unpacked_co]):
    """Everything that shapes a record; its hash names the store's folder."""

    __slots__ = ()

    recipe: PixelRecipe

    @property
    @abstractmethod
    def parts(self) -> tuple[Part, ...]:
        """Names, shapes and types of what a record holds, in order."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, ...]:
        """Sides of the square copies of an image that its record is made from, in pixels."""

    @abstractmethod
    def pack(self, *content: Content) -> Row:
        """One image's record, ``(record_bytes,)``."""

    @abstractmethod
    def unpack(self, rows: Tensor) -> Unpacked_co:
        """Records ``(B, record_bytes)`` as tensors that share their memory, on any device."""

    @property
    def fingerprint(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of all fields."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """All fields as JSON, the same for equal specs."""
        fields: dict[str, Any] = asdict(self)  # type: ignore[call-overload]
        return json.dumps(fields, sort_keys=True)

    @property
    def record_bytes(self) -> int:
        """Bytes that one image takes on disk, a whole number of cache lines."""
        used = sum(_part_bytes(part) for part in self.parts)
        return -(-used // _ALIGNED_BYTES) * _ALIGNED_BYTES

    def _packed(self, given: Mapping[str, Tensor]) -> Row:
        row = np.zeros(self.record_bytes, np.uint8)
        start = 0
        for part in self.parts:
            name, shape, dtype = part
            assert given[name].shape == shape, f"{name} of the spec's shape"
            content = given[name].to(dtype).contiguous().numpy()
            row[start : start + _part_bytes(part)] = content.reshape(-1).view(np.uint8)
            start += _part_bytes(part)
        return row

    def _unpacked(self, rows: Tensor) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        start = 0
        for part in self.parts:
            name, shape, dtype = part
            content = rows[:, start : start + _part_bytes(part)]
            found[name] = content.view(dtype).unflatten(1, shape)
            start += _part_bytes(part)
        return found


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of several images, as stored for FPT and FPT+.

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
    summaries: Tensor | None = None
    """``(B, n, C)`` float32, where the store keeps them."""


@dataclass(frozen=True, slots=True)
class StoreSpec(RecordSpec[Batch]):
    """For FPT and FPT+: keys and values of important tokens, and the side image."""

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
    def sizes(self) -> tuple[int, ...]:
        """As the backbone reads it, and as the side network does."""
        return (self.image_size, self.side_image_size)

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
        """Keys, values, their scales where they are integers, indices and the side image."""
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

    def pack(self, *content: Content) -> Row:
        """From keys, values ``(L, H, m, d)``, indices ``(L, H, m)``, side image ``(S, S, 3)``."""
        return self._packed(self._named(*content))

    def unpack(self, rows: Tensor) -> Batch:
        """As a ``Batch``."""
        return self._batch(self._unpacked(rows))

    def _named(self, *content: Content) -> dict[str, Tensor]:
        keys, values, indices, side_image = map(_tensor, content)
        given = {"keys": keys, "values": values, "indices": indices, "side_images": side_image}
        if self.dtype == "int8":
            given["keys"], given["key_scales"] = quantise(keys)
            given["values"], given["value_scales"] = quantise(values)
        return given

    def _batch(self, found: dict[str, Tensor]) -> Batch:
        side = found.pop("side_images").permute(0, 3, 1, 2)
        summaries = found.pop("summaries", None)
        tokens = {name: part.transpose(0, 1) for name, part in found.items()}
        return Batch(side_images=side, summaries=summaries, **tokens)


@dataclass(frozen=True, slots=True)
class SummedSpec(StoreSpec):
    """What FPT+ reads and, beside it, summaries of the backbone's blocks at several sizes."""

    low_size: int | None = None
    """Side of the smaller image that the backbone reads too; ``None``: it reads one size."""
    num_summaries: int = 0
    """Vectors of an image, of all sizes."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """As the backbone reads it, as the side network does, and small for the backbone."""
        low = () if self.low_size is None else (self.low_size,)
        return (self.image_size, self.side_image_size, *low)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of FPT+, and the summaries."""
        width = self.num_heads * self.head_dim
        own: Part = ("summaries", (self.num_summaries, width), torch.float32)
        return (*super(SummedSpec, self).parts, own)  # a slotted dataclass has no bare super()

    def pack(self, *content: Content) -> Row:
        """From what FPT+ packs, and summaries ``(n, C)``."""
        *tokens, summaries = content
        return self._packed(self._named(*tokens) | {"summaries": _tensor(summaries)})

    def unpack(self, rows: Tensor) -> Batch:
        """As a ``Batch`` with summaries."""
        return self._batch(self._unpacked(rows))


@dataclass(frozen=True, slots=True)
class FeaturesSpec(RecordSpec[Tensor]):
    """For the probes: what the frozen backbone makes of an image in the end.

    Shape:
        ``(n, C)`` an image: all tokens, or class token and mean patch token.
    """

    kind: str
    """``tokens`` or ``pooled``."""
    backbone: str
    weights_hash: str
    image_size: int
    num_vectors: int
    embed_dim: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    recipe: PixelRecipe
    dtype: StoreDtype
    version: int = _VERSION

    @property
    def sizes(self) -> tuple[int, ...]:
        """As the backbone reads it."""
        return (self.image_size,)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The vectors, and their scales where they are integers."""
        shape = (self.num_vectors, self.embed_dim)
        vectors: Part = ("vectors", shape, _TORCH_DTYPES[self.dtype])
        if self.dtype != "int8":
            return (vectors,)
        return (vectors, ("scales", shape[:1], torch.float16))

    def pack(self, *content: Content) -> Row:
        """From vectors ``(n, C)``."""
        (vectors,) = map(_tensor, content)
        if self.dtype != "int8":
            return self._packed({"vectors": vectors})
        whole, scales = quantise(vectors)
        return self._packed({"vectors": whole, "scales": scales})

    def unpack(self, rows: Tensor) -> Tensor:
        """As ``(B, n, C)`` float32."""
        found = self._unpacked(rows)
        vectors = found["vectors"].float()
        return vectors if "scales" not in found else vectors * found["scales"].float().unsqueeze(-1)


@dataclass(frozen=True, slots=True)
class PictureSpec(RecordSpec[Tensor]):
    """For methods that train through the backbone: the decoded image, small enough to keep."""

    picture_size: int
    """Side of the square image as stored, a little over what training crops to."""
    recipe: PixelRecipe
    version: int = _VERSION

    @property
    def sizes(self) -> tuple[int, ...]:
        """As it is stored."""
        return (self.picture_size,)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The picture alone."""
        return (("pictures", (self.picture_size, self.picture_size, 3), torch.uint8),)

    def pack(self, *content: Content) -> Row:
        """From a picture ``(S, S, 3)``."""
        (picture,) = map(_tensor, content)
        return self._packed({"pictures": picture})

    def unpack(self, rows: Tensor) -> Tensor:
        """As ``(B, 3, S, S)`` uint8."""
        return self._unpacked(rows)["pictures"].permute(0, 3, 1, 2)


def _tensor(content: Content) -> Tensor:
    # Pillow's arrays are read-only, which torch does not take.
    return content if isinstance(content, Tensor) else torch.from_numpy(content.copy())


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
