"""Images and facts for tests of checks: a data set without anything to find, and changes to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.records import ImageFacts, ImageRecord

Facts = dict[int, ImageFacts]


def data_set(number: int = 120, seed: int = 0) -> tuple[list[ImageRecord], Facts]:
    """Two images of each patient, two classes, three splits; nothing tells the label."""
    rng = np.random.default_rng(seed)
    images, facts = [], {}
    for place in range(number):
        patient = place // 2
        images.append(
            ImageRecord(
                id=place + 1,
                path=Path(f"/data/{place}.png"),
                frame=0,
                image_hash=rng.bytes(32).hex(),
                class_name=("healthy", "ill")[patient % 2],
                split=("train", "train", "train", "val", "test", "test")[patient // 2 % 6],
                fold=None,
                patient=f"patient-{patient}",
                width=int(rng.choice([600, 800, 1024])),
                height=640,
                excluded=False,
            )
        )
        facts[place + 1] = ImageFacts(
            format="PNG",
            modality="DX",
            colour=False,
            file_bytes=int(rng.integers(200_000, 400_000)),
            mean=float(rng.uniform(0.4, 0.6)),
            std=float(rng.uniform(0.1, 0.3)),
            dark_share=float(rng.uniform(0, 0.1)),
            bright_share=float(rng.uniform(0, 0.1)),
            perceptual_hash=rng.bytes(32).hex(),
            columns={"site": str(rng.choice(["north", "south"]))},
        )
    return images, facts


def changed(
    images: Sequence[ImageRecord], changes: Mapping[int, Mapping[str, Any]]
) -> list[ImageRecord]:
    """The images, those with these ids changed."""
    return [dataclasses.replace(image, **changes.get(image.id, {})) for image in images]


def with_facts(facts: Facts, changes: Mapping[int, Mapping[str, Any]]) -> Facts:
    """The facts, those of these ids changed."""
    return {key: one._replace(**changes.get(key, {})) for key, one in facts.items()}


def kinds(findings: Sequence[Finding]) -> list[str]:
    """What was found."""
    return [finding.kind for finding in findings]


def near(perceptual_hash: str, bits: int) -> str:
    """A hash that differs in so many bits."""
    flipped = int(perceptual_hash, 16)
    for bit in range(bits):
        flipped ^= 1 << (7 * bit)
    return f"{flipped:064x}"
