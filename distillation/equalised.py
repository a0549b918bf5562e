"""Images made alike in how they were acquired, as far as it takes to hide the acquisition.

Where noise, contrast or brightness alone tell the label, a comparison of features says which of
them reads the scanner best. So the same is measured on copies whose acquisition is equalised, in
one way for all images. How far is decided by the program's own audit of shortcuts and by nothing
else: the first rung of ``LADDER`` on which no factor is told from chance, that is, on which the
95 % interval of every factor's AUC reaches 0.5.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.ndimage import gaussian_filter

from distillation.labelled import LabelledImages, source_of
from fpt_core.config import PixelRecipe
from fpt_core.dataset.audit.shortcuts import Shortcut, measure_shortcuts
from fpt_core.dataset.facts import measured
from fpt_core.dataset.records import ImageFacts, ImageRecord
from fpt_core.features.resizing import resized
from fpt_core.images import read_image

SIDE_PX = 512
"""Of equalised images: the largest size at which features are measured."""
_BLUR_PX = 0.7


@dataclass(frozen=True, slots=True)
class Equalisation:
    """Grey, filtered to one resolution, of an even histogram, with noise of one level."""

    resolution: int
    """Side of the copy in which detail ends, in pixels."""
    noise: int
    """Standard deviation of the noise that is added, in levels of 256."""

    def __str__(self) -> str:
        return f"equalised ({self.resolution} px, noise {self.noise})"

    def __call__(self, rgb: NDArray[np.uint8], rng: np.random.Generator) -> Image.Image:
        """An equalised copy.

        Shape:
            ``(H, W, 3)`` -> a grey picture of ``SIDE_PX``.
        """
        [low] = resized(rgb, (self.resolution,))
        even = ImageOps.equalize(Image.fromarray(low).convert("L"))
        large = np.asarray(even.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC))
        noisy = large + rng.normal(0, self.noise, large.shape)
        return Image.fromarray(noisy.round().clip(0, 255).astype(np.uint8))


LADDER = tuple(
    Equalisation(resolution, noise)
    for resolution, noise in ((512, 0), (512, 8), (512, 16), (256, 16), (128, 16), (128, 32))
)
"""From mild to harsh."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A data set as it is, or equalised, and what its acquisition tells of the label."""

    images: LabelledImages
    shortcuts: tuple[Shortcut, ...]

    @property
    def hides_acquisition(self) -> bool:
        """Whether no factor is told from chance."""
        return all(shortcut.lowest <= 0.5 for shortcut in self.shortcuts)


def climbed(images: LabelledImages, folder: Path) -> Iterator[Rung]:
    """The data set as it is and the rungs of the ladder, up to the first that hides enough."""
    rung = Rung(images, audited(images))
    yield rung
    for equalisation in LADDER:
        if rung.hides_acquisition:
            return
        copies = equalised(images, equalisation, folder)
        rung = Rung(copies, audited(copies))
        yield rung


def equalised(images: LabelledImages, equalisation: Equalisation, folder: Path) -> LabelledImages:
    """Equalised copies below ``folder``; the noise depends on an image's place alone."""
    name = f"{images.name}, {equalisation}"
    (folder / name).mkdir(parents=True, exist_ok=True)
    sources = []
    for number, source in enumerate(images.sources):
        path = folder / name / f"{number}.png"
        rgb = read_image(source.path, PixelRecipe())
        equalisation(rgb, np.random.default_rng(number)).save(path)
        sources.append(source_of(path))
    return dataclasses.replace(images, name=name, sources=tuple(sources))


def audited(images: LabelledImages) -> tuple[Shortcut, ...]:
    """How well size, borders, brightness, contrast and noise alone tell the label."""
    pictures = [_facts(source.path) for source in images.sources]
    records = [
        ImageRecord(
            id=number,
            path=source.path,
            frame=0,
            image_hash=source.image_hash,
            class_name=str(target),
            split="train",
            fold=None,
            patient=patient,
            width=size[0],
            height=size[1],
            excluded=False,
        )
        for number, (source, target, patient, (size, _)) in enumerate(
            zip(images.sources, images.targets, images.patients, pictures, strict=True)
        )
    ]
    facts = {number: known for number, (_, known) in enumerate(pictures)}
    return tuple(measure_shortcuts(records, facts))


def _facts(path: Path) -> tuple[tuple[int, int], ImageFacts]:
    """Size in pixels, and what the audit looks at; noise is told as a column would be."""
    with Image.open(path) as opened:
        picture, kind = ImageOps.exif_transpose(opened), opened.format or ""
        if picture.mode not in ("L", "RGB"):
            picture = picture.convert("RGB")
        noise = f"{noise_level(np.asarray(picture.convert('L'))):.4f}"
        facts = ImageFacts(
            format=kind,
            file_bytes=path.stat().st_size,
            columns={"noise": noise},
            **measured([picture])[0],
        )
        return picture.size, facts


def noise_level(grey: NDArray[np.uint8]) -> float:
    """What a slight blur takes from the middle pixel, in levels: edges count little.

    Shape:
        ``(H, W)``.
    """
    levels = grey.astype(np.float32)
    return float(np.median(np.abs(levels - gaussian_filter(levels, _BLUR_PX))))


def audit_table(sets: Sequence[Sequence[Rung]]) -> list[str]:
    """AUC of every factor on every rung, with its 95 % interval, as Markdown."""
    lines = ["| images | what alone tells the label: AUC (95 % interval) |", "| --- | --- |"]
    for rung in (rung for rungs in sets for rung in rungs):
        told = [
            f"{one.factor.name.lower()} {one.auc:.2f} "
            f"({one.lowest:.2f}-{min(1, 2 * one.auc - one.lowest):.2f})"
            for one in rung.shortcuts
        ]
        lines.append(f"| {rung.images.name} | {', '.join(told)} |")
    return lines
