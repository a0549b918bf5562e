"""The feature store: one fixed-size record per image, read by position.

A shard is a file of equal records and nothing else. The index is one small file: for the
record at each position the SHA-256 of its image and the record's checksum. A record is
written before its index entry, so a kill leaves at most one record that no entry names; the
next writer overwrites it. What a power cut or a failing disk damages is found by its
checksum when it is read, and its place is given free for a new record. The folder's name is
the fingerprint of all that shapes a record, so a changed setting never meets an old record.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Generic, TypeVar

import numpy as np
import torch
import xxhash
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from torch import Tensor

from fpt_core.errors import StoreError, translate_os_error
from fpt_core.features.record import Content, RecordSpec
from fpt_core.files import write_atomically

_SHARD_BYTES = 256 * 2**20
_SPEC_FILE = "spec.json"
_INDEX_FILE = "records.index"
_ENTRY = np.dtype([("image_hash", "V32"), ("checksum", "<u8")])
_FREE = np.zeros(1, _ENTRY)
"""The entry of a place that is free."""

_SECONDS_FILE = "seconds"
"""What all records took to compute, over all preparations."""

Rows = NDArray[np.uint8]
Spec = TypeVar("Spec", bound=RecordSpec[Any])


class DamagedRecordError(StoreError):
    """A record that is not what was written.

    Args:
        image_hash: Whose record it is.
        shard: The file that holds it.
    """

    def __init__(self, image_hash: str, shard: Path) -> None:
        super().__init__(
            f"The prepared record of image {image_hash[:12]} in {shard.name} is damaged.",
            "Start again: the record is computed anew. If this repeats, check the disk.",
        )
        self.image_hash = image_hash


class FeatureStore(Generic[Spec]):
    """The records of one fingerprint, open for reading.

    Opening reads the index alone, whatever the number of images. Every record is verified
    whenever it is read.

    Args:
        folder: ``features/`` of a project; the store is the folder named after the
            fingerprint below it.
        spec: What the records must be.

    Raises:
        StoreError: If the folder holds records of another spec.
    """

    def __init__(self, folder: Path, spec: Spec) -> None:
        self.spec = spec
        self.folder = folder / spec.fingerprint
        self._files: dict[Path, BinaryIO] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the index again, after somebody has written."""
        self._index = np.empty(0, _ENTRY)
        if self.folder.exists():
            self._check_spec()
            self._index = _read_index(self.folder)
        present = _present(self.folder, self._index, self.spec)
        names = self._index["image_hash"].tobytes().hex()
        self._positions = {names[64 * i : 64 * i + 64]: i for i in np.flatnonzero(present).tolist()}

    def __contains__(self, image_hash: str) -> bool:
        return image_hash in self._positions

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def seconds(self) -> float:
        """What it took to compute all records, whenever that was."""
        return _seconds(self.folder)

    def __enter__(self) -> FeatureStore[Spec]:
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

    def read(self, image_hashes: Sequence[str], rows: Tensor | None = None) -> Any:
        """The records of ``image_hashes``, in that order, as the spec unpacks them.

        Args:
            image_hashes: Whose records.
            rows: Memory of ``(n, record_bytes)`` uint8 for at least so many records; the
                batch then lies in it.

        Raises:
            StoreError: If a record is absent.
            DamagedRecordError: If one is not what was written.
        """
        if rows is None:
            rows = torch.empty(len(image_hashes), self.spec.record_bytes, dtype=torch.uint8)
        rows = rows[: len(image_hashes)]
        for row, image_hash in zip(rows.numpy(), image_hashes, strict=True):
            self._read_record(image_hash, row)
        return self.spec.unpack(rows)

    def _read_record(self, image_hash: str, row: Rows) -> None:
        if image_hash not in self._positions:
            raise StoreError(
                f"The feature store has no record of image {image_hash[:12]}.",
                "Run the preparation again; it adds what is missing.",
            )
        position = self._positions[image_hash]
        shard, offset = _place(self.folder, position, self.spec)
        file = self._open(shard)
        file.seek(offset)
        read = file.readinto(row)  # type: ignore[attr-defined]
        if (
            read != len(row)
            or xxhash.xxh3_64_intdigest(row.data) != self._index["checksum"][position]
        ):
            raise DamagedRecordError(image_hash, shard)

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


class StoreWriter:
    """Adds records to a store; one writer at a time.

    Args:
        folder: ``features/`` of a project.
        spec: What the records are.

    Raises:
        StoreError: If another process is writing.
        DiskFullError: If there is no space left.
    """

    def __init__(self, folder: Path, spec: RecordSpec[Any]) -> None:
        self.spec = spec
        self.folder = folder / spec.fingerprint
        self._files: dict[Path, BinaryIO] = {}
        self._opened = time.monotonic()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / "writer.lock", timeout=0)
            self._lock.acquire()
            if not (self.folder / _SPEC_FILE).exists():
                write_atomically(self.folder / _SPEC_FILE, spec.to_json().encode())
            self._free = self._free_places()
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
        # Shards before the index: what an entry names must be there.
        for file in sorted(
            self._files.values(), key=lambda file: Path(file.name).name == _INDEX_FILE
        ):
            os.fsync(file.fileno())
            file.close()
        self._files.clear()
        seconds = _seconds(self.folder) + time.monotonic() - self._opened
        with contextlib.suppress(OSError):  # on a full disk the time is what may be lost
            write_atomically(self.folder / _SECONDS_FILE, f"{seconds:.3f}".encode())
        self._lock.release()

    def append(self, image_hash: str, *content: Content) -> None:
        """Add one image's record, of what the spec packs."""
        record = self.spec.pack(*content)
        position = self._free[-1]
        shard, offset = _place(self.folder, position, self.spec)
        entry = np.array(
            [(bytes.fromhex(image_hash), xxhash.xxh3_64_intdigest(record.data))], _ENTRY
        )
        self._write(shard, offset, record.data)
        self._write(self.folder / _INDEX_FILE, position * _ENTRY.itemsize, entry.tobytes())
        self._free.pop()
        if not self._free:
            self._free.append(position + 1)

    def discard(self, image_hash: str) -> None:
        """Give the place of a damaged record free; the image then counts as not prepared."""
        index = _read_index(self.folder)
        hashes = index["image_hash"].tobytes()
        wanted = bytes.fromhex(image_hash)
        for position in range(len(index)):
            if hashes[32 * position : 32 * position + 32] == wanted:
                offset = position * _ENTRY.itemsize
                self._write(self.folder / _INDEX_FILE, offset, _FREE.tobytes())
                self._free.append(position)

    def _free_places(self) -> list[int]:
        """Positions to write to, the next one last; entries without a whole record lose it."""
        index = _read_index(self.folder)
        free = np.flatnonzero(~_present(self.folder, index, self.spec))
        if index[free].tobytes().strip(b"\0"):
            index[free] = _FREE
            write_atomically(self.folder / _INDEX_FILE, index.tobytes())
        return [len(index), *free[::-1].tolist()]

    def _write(self, path: Path, offset: int, content: bytes | memoryview) -> None:
        try:
            file = self._open(path)
            file.seek(offset)
            while content:
                content = content[file.write(content) :]
        except OSError as error:
            raise translate_os_error(error, self.folder) from error

    def _open(self, path: Path) -> BinaryIO:
        if path not in self._files:
            path.touch()
            self._files[path] = path.open("r+b", buffering=0)
        return self._files[path]


def stored_hashes(folder: Path) -> frozenset[str]:
    """Hashes of the images that the store in ``folder`` has, whatever its records are."""
    names = _read_index(folder)["image_hash"].tobytes().hex()
    found = frozenset(names[start : start + 64] for start in range(0, len(names), 64))
    return found - {"0" * 64}


def _read_index(folder: Path) -> NDArray[np.void]:
    """Whole entries; one that a power cut left cut is none."""
    path = folder / _INDEX_FILE
    content = path.read_bytes() if path.exists() else b""
    whole = len(content) // _ENTRY.itemsize * _ENTRY.itemsize
    return np.frombuffer(content[:whole], _ENTRY).copy()


def _seconds(folder: Path) -> float:
    path = folder / _SECONDS_FILE
    return float(path.read_text()) if path.exists() else 0.0


def _present(folder: Path, index: NDArray[np.void], spec: RecordSpec[Any]) -> NDArray[np.bool_]:
    """Which entries name an image whose record lies within its shard."""
    named = np.frombuffer(index.tobytes(), np.uint8).reshape(-1, _ENTRY.itemsize).any(1)
    whole = np.zeros(len(index), bool)
    per_shard = _records_per_shard(spec)
    for start in range(0, len(index), per_shard):
        shard, _ = _place(folder, start, spec)
        length = shard.stat().st_size if shard.exists() else 0
        whole[start : start + min(per_shard, length // spec.record_bytes)] = True
    return named & whole


def _place(folder: Path, position: int, spec: RecordSpec[Any]) -> tuple[Path, int]:
    number, row = divmod(position, _records_per_shard(spec))
    return folder / f"shard-{number:05d}.bin", row * spec.record_bytes


def _records_per_shard(spec: RecordSpec[Any]) -> int:
    return max(1, _SHARD_BYTES // spec.record_bytes)
