"""The nearest settings that fit, where those that were chosen do not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from fpt_core.config import StoreDtype
from fpt_core.jobs.estimates import Alternative, Cost
from fpt_core.jobs.miniature import THROUGH_BACKBONE, Measured

_GB = 1e9
_SIZES = (1024, 896, 768, 672, 560, 512, 448, 384, 336, 288, 256, 224, 192, 168, 128, 112, 96, 64)
_MARGIN = 1.15
_EIGHT_BIT = 0.53
"""What records take in 8 bits over half precision, with their scales, indices and side image."""
_FPT_PLUS = 0.5
"""What records of FPT+ take over those of FPT: half the blocks."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be changed to make a run fit."""

    method: str
    image_size: int
    batch_size: int
    dtype: StoreDtype


@dataclass(frozen=True, slots=True)
class Needs:
    """What was measured of the chosen settings, and what there is."""

    measured: Measured
    num_images: int
    to_prepare: int
    device: str
    free_memory_bytes: int
    free_disk_bytes: int

    def problems(self, settings: Settings, cost: Cost) -> tuple[str, ...]:
        """Why the settings do not fit, in sentences."""
        found = []
        if cost.memory_bytes.high > self.free_memory_bytes:
            where = "graphics card" if self.device == "cuda" else "computer"
            found.append(
                f"It needs up to {cost.memory_bytes.high / _GB:.1f} GB of memory; "
                f"{self.free_memory_bytes / _GB:.1f} GB of the {where} are free."
            )
        disk = self.measured.record_bytes * self.to_prepare
        if disk > self.free_disk_bytes:
            found.append(
                f"The prepared images take {disk / _GB:.1f} GB of the disk; "
                f"{self.free_disk_bytes / _GB:.1f} GB are free."
            )
        return tuple(found)

    def fits(self, chosen: Settings, other: Settings) -> bool:
        """Whether other settings are expected to fit, from what the chosen ones took."""
        m = self.measured
        tokens = (other.image_size / chosen.image_size) ** 2
        through = chosen.method in THROUGH_BACKBONE and other.method not in THROUGH_BACKBONE
        at_once = 1 if through else min(other.batch_size, m.images_at_once)
        passing = max(0, m.prepare_bytes - m.weights_bytes)
        memory = max(
            m.weights_bytes + tokens * passing,
            (m.weights_bytes if through else m.learning_bytes)
            + tokens * at_once * m.step_image_bytes,
            0 if through else m.rest_bytes,
        )
        record = m.record_bytes * tokens
        if other.dtype == "int8" and chosen.dtype != "int8":
            record *= _EIGHT_BIT
        if (chosen.method, other.method) == ("fpt", "fpt+"):
            record *= _FPT_PLUS
        images = self.to_prepare if other == chosen else self.num_images
        return (
            _MARGIN * memory <= self.free_memory_bytes and record * images <= self.free_disk_bytes
        )


def nearest(chosen: Settings, needs: Needs) -> Alternative | None:
    """The first of the settings beside the chosen ones that is expected to fit."""
    for other in _beside(chosen, needs.measured.patch_size):
        if needs.fits(chosen, other):
            fields = dataclasses.asdict(other)
            return Alternative(**fields, text=_told(chosen, other))
    return None


def _beside(chosen: Settings, patch_size: int) -> Iterator[Settings]:
    """Other settings, those that change least first."""
    lighter = dataclasses.replace(chosen, method="fpt+")
    yield from _same_size(chosen)
    if chosen.method == "fpt":
        yield from (lighter, *_same_size(lighter))
    yield from _smaller(chosen, patch_size)
    if chosen.method != "fpt+":
        yield from (lighter, *_same_size(lighter))
        yield from _smaller(lighter, patch_size)


def _same_size(chosen: Settings) -> Iterator[Settings]:
    batch = chosen.batch_size
    while batch > 1:
        batch //= 2
        yield dataclasses.replace(chosen, batch_size=batch)
    if chosen.dtype != "int8" and chosen.method not in THROUGH_BACKBONE:
        yield dataclasses.replace(chosen, dtype="int8")


def _smaller(chosen: Settings, patch_size: int) -> Iterator[Settings]:
    for size in _SIZES:
        if size < chosen.image_size and size % patch_size == 0:
            smaller = dataclasses.replace(chosen, image_size=size)
            yield smaller
            yield from _same_size(smaller)


def _told(chosen: Settings, other: Settings) -> str:
    words = []
    if other.method != chosen.method:
        words.append(f"{other.method} instead of {chosen.method}")
    if other.image_size != chosen.image_size:
        words.append(f"images of {other.image_size} px instead of {chosen.image_size}")
    if other.batch_size != chosen.batch_size:
        words.append(f"a batch of {other.batch_size} instead of {chosen.batch_size}")
    if other.dtype != chosen.dtype:
        words.append("prepared images kept in 8 bits")
    return ", ".join(words)
