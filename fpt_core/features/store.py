"""The feature store: one fixed-size record per image, read by position.

A shard is a file of equal records. A record is a header (magic, version, SHA-256
of the image file, CRC-32 of the payload) followed by the payload: keys, values,
token indices and the side image. Records are only ever appended, each in one
write, so a kill leaves at most one cut record at the end of the last shard; the
next writer drops it and goes on. The folder's name is the fingerprint of all that
shapes a record, so a changed setting never meets an old record.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
import torch
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from torch import Tensor

from fpt_core.config import PixelRecipe, StoreDtype, TokenImportance
from fpt_core.errors import StoreError, translate_os_error
from fpt_core.files import write_atomically

_VERSION = 1
_MAGIC = b"FPTR"
_HEADER = struct.Struct("<4sI32sI20x")
_SHARD_BYTES = 256 * 2**20
_SPEC_FILE = "spec.json"
_TORCH_DTYPES = {"float16": torch.float16, "float32": torch.float32}
_DTYPES: dict[StoreDtype, type[np.generic]] = {"float16": np.float16, "float32": np.float32}


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
    def tokens_bytes(self) -> int:
        """Bytes of one image's keys or values."""
        return self.tokens_numel * np.dtype(_DTYPES[self.dtype]).itemsize

    @property
    def indices_bytes(self) -> int:
        """Bytes of one image's token indices."""
        return int(np.prod(self.tokens_shape[:3])) * np.dtype(np.uint16).itemsize

    @property
    def payload_bytes(self) -> int:
        """Bytes of one record without its header."""
        return 2 * self.tokens_bytes + self.indices_bytes + 3 * self.side_image_size**2

    @property
    def record_bytes(self) -> int:
        """Bytes that one image takes on disk."""
        return _HEADER.size + self.payload_bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of several images.

    Shape:
        keys, values ``(L, B, H, m, d)``; indices ``(L, B, H, m)`` uint16;
        side images ``(B, 3, S, S)`` uint8.
    """

    keys: Tensor
    values: Tensor
    indices: Tensor
    side_images: Tensor


class FeatureStore:
    """The records of one fingerprint, open for reading.

    Opening verifies the spec, every record's header and every shard's length; a
    record's checksum is verified when it is first read.

    Args:
        folder: ``features/`` of a project; the store is the folder named after the
            fingerprint below it.
        spec: What the records must be.

    Raises:
        StoreError: If the folder holds records of another spec or is damaged.
    """

    def __init__(self, folder: Path, spec: StoreSpec) -> None:
        self.spec = spec
        self.folder = folder / spec.fingerprint
        self._files: dict[Path, BinaryIO] = {}
        self._verified: set[str] = set()
        self._positions: dict[str, tuple[Path, int]] = {}
        if self.folder.exists():
            self._check_spec()
            for shard in sorted(self.folder.glob("shard-*.bin")):
                self._index_shard(shard)

    def __contains__(self, image_hash: str) -> bool:
        return image_hash in self._positions

    def __len__(self) -> int:
        return len(self._positions)

    def __enter__(self) -> FeatureStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the shards."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def read(self, image_hashes: Sequence[str]) -> Batch:
        """The records of ``image_hashes``, in that order.

        Raises:
            StoreError: If a record is absent or damaged.
        """
        spec, B = self.spec, len(image_hashes)
        rows = np.empty((B, spec.payload_bytes), dtype=np.uint8)
        for row, image_hash in zip(rows, image_hashes, strict=True):
            self._read_payload(image_hash, row)
        ends = np.cumsum([spec.tokens_bytes, spec.tokens_bytes, spec.indices_bytes])
        keys, values, indices, side = np.split(rows, ends, axis=1)
        L, H, m, _ = spec.tokens_shape
        S = spec.side_image_size
        return Batch(
            keys=_tokens(keys, spec),
            values=_tokens(values, spec),
            indices=torch.from_numpy(
                np.ascontiguousarray(indices).view(np.uint16).reshape(B, L, H, m)
            ).transpose(0, 1),
            side_images=torch.from_numpy(side.reshape(B, S, S, 3)).permute(0, 3, 1, 2),
        )

    def _read_payload(self, image_hash: str, row: NDArray[np.uint8]) -> None:
        if image_hash not in self._positions:
            raise StoreError(
                f"The feature store has no record of image {image_hash[:12]}.",
                "Run the preparation again; it adds what is missing.",
            )
        shard, offset = self._positions[image_hash]
        file = self._open(shard)
        file.seek(offset)
        _, _, _, checksum = _HEADER.unpack(file.read(_HEADER.size))
        read = file.readinto(row)  # type: ignore[attr-defined]
        if image_hash in self._verified:
            return
        if read != len(row) or zlib.crc32(row.data) != checksum:
            raise StoreError(
                f"The feature store is damaged: a record in {shard.name} fails its checksum.",
                f"Delete {shard} and run the preparation again; it rebuilds what is missing.",
            )
        self._verified.add(image_hash)

    def _open(self, shard: Path) -> BinaryIO:
        if shard not in self._files:
            self._files[shard] = shard.open("rb", buffering=0)
        return self._files[shard]

    def _check_spec(self) -> None:
        path = self.folder / _SPEC_FILE
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            text = ""
        if text != self.spec.to_json():
            raise StoreError(
                f"The feature store {self.folder} is damaged: {_SPEC_FILE} does not match it.",
                "Delete that folder and run the preparation again.",
            )

    def _index_shard(self, shard: Path) -> None:
        step = self.spec.record_bytes
        with shard.open("rb", buffering=0) as file:
            length = file.seek(0, os.SEEK_END)
            for offset in range(0, length - step + 1, step):
                file.seek(offset)
                magic, version, image_hash, _ = _HEADER.unpack(file.read(_HEADER.size))
                if magic != _MAGIC or version != _VERSION:
                    raise StoreError(
                        f"The feature store is damaged: {shard.name} holds no record at byte "
                        f"{offset}.",
                        f"Delete {shard} and run the preparation again.",
                    )
                self._positions[image_hash.hex()] = (shard, offset)


def _tokens(rows: NDArray[np.uint8], spec: StoreSpec) -> Tensor:
    values = np.ascontiguousarray(rows).view(_DTYPES[spec.dtype])
    return torch.from_numpy(values.reshape(len(rows), *spec.tokens_shape)).transpose(0, 1)


class StoreWriter:
    """Appends records to a store; one writer at a time.

    Args:
        folder: ``features/`` of a project.
        spec: What the records are.

    Raises:
        StoreError: If another process is writing, or the store is damaged.
        DiskFullError: If there is no space left.
    """

    def __init__(self, folder: Path, spec: StoreSpec) -> None:
        self.spec = spec
        self.folder = folder / spec.fingerprint
        self._file: BinaryIO | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / "writer.lock", timeout=0)
            self._lock.acquire()
            if not (self.folder / _SPEC_FILE).exists():
                write_atomically(self.folder / _SPEC_FILE, spec.to_json().encode())
        except Timeout as error:
            raise StoreError(
                "This project is being prepared by another program.", "Wait for it, or stop it."
            ) from error
        except OSError as error:
            raise translate_os_error(error, self.folder) from error

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close_shard()
        self._lock.release()

    def append(
        self,
        image_hash: str,
        keys: Tensor,
        values: Tensor,
        indices: Tensor,
        side_image: NDArray[np.uint8],
    ) -> None:
        """Add one image's record.

        Shape:
            keys, values ``(L, H, m, d)``; indices ``(L, H, m)``; side image ``(S, S, 3)``.
        """
        dtype = _TORCH_DTYPES[self.spec.dtype]
        payload = b"".join(
            (
                keys.to(dtype).contiguous().numpy().tobytes(),
                values.to(dtype).contiguous().numpy().tobytes(),
                indices.contiguous().numpy().astype(np.uint16).tobytes(),
                side_image.tobytes(),
            )
        )
        assert len(payload) == self.spec.payload_bytes, "a record of the spec's size"
        header = _HEADER.pack(_MAGIC, _VERSION, bytes.fromhex(image_hash), zlib.crc32(payload))
        try:
            self._shard().write(header + payload)
        except OSError as error:
            raise translate_os_error(error, self.folder) from error

    def _shard(self) -> BinaryIO:
        """The shard to append to, cut back to whole records when it is opened."""
        if self._file is not None and self._file.tell() >= _SHARD_BYTES:
            self._close_shard()
        if self._file is None:
            path = self._next_shard()
            self._file = path.open("ab", buffering=0)
            whole = self._file.tell() // self.spec.record_bytes * self.spec.record_bytes
            self._file.truncate(whole)
            self._file.seek(whole)
        return self._file

    def _next_shard(self) -> Path:
        shards = sorted(self.folder.glob("shard-*.bin"))
        if shards and shards[-1].stat().st_size < _SHARD_BYTES:
            return shards[-1]
        number = int(shards[-1].stem.removeprefix("shard-")) + 1 if shards else 0
        return self.folder / f"shard-{number:05d}.bin"

    def _close_shard(self) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
