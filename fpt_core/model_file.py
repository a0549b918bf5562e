"""What opening a model file shows: its card, whether its backbone is here, and its limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fpt_core.backbone_catalogue import candidates, how_to_add
from fpt_core.evaluation.cross_fit import CHANCE, shown_to_work
from fpt_core.evaluation.predictions import OUT_OF_FOLD
from fpt_core.model_card import ModelCard, load_card

_FEW_IMAGES = 20
_NOT_A_KIND = ("", "unknown")


@dataclass(frozen=True, slots=True)
class BackboneHere:
    """Whether the backbone that a model needs is on this machine."""

    here: bool
    where: str
    """The weights file, or why none is needed; empty where it is missing."""
    remedy: str
    """How to get it; empty where it is here."""


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model file as it is shown to people."""

    path: Path
    file_bytes: int
    card: ModelCard
    backbone: BackboneHere
    limits: tuple[str, ...]
    """What to keep in mind, a sentence each."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "path": str(self.path)}


def summarise_model(path: Path) -> ModelSummary:
    """What the model file at ``path`` says; no weight is read and torch is not needed.

    Raises:
        BundleError: If it is absent, truncated, of a newer version or no model file.
    """
    card = load_card(path)
    return ModelSummary(path, path.stat().st_size, card, _backbone_here(card), tuple(_limits(card)))


def _backbone_here(card: ModelCard) -> BackboneHere:
    if card.holds_backbone:
        return BackboneHere(True, "inside the model file", "")
    if not card.backbone.pretrained:
        return BackboneHere(True, "random weights, drawn again the same", "")
    for found in candidates(card.backbone.name):
        return BackboneHere(True, str(found.path), "")
    return BackboneHere(False, "", how_to_add(card.backbone.name))


def _limits(card: ModelCard) -> Iterator[str]:
    yield (
        f"It knows {', '.join(card.class_names)} and nothing else: an image of anything else is "
        "given one of these."
    )
    if not card.backbone.pretrained:
        yield "Its backbone has random weights: it shows that the program works, no more."
    yield from _of_data(card)
    yield from _of_test(card)
    yield from _of_folds(card)
    if card.calibration is None:
        yield "Its probabilities are not calibrated: 0.9 need not mean nine in ten."


def _of_data(card: ModelCard) -> Iterator[str]:
    if card.data is not None:
        few = {name: counts.get("train", 0) for name, counts in card.data.images.items()}
        for name, count in few.items():
            if count < _FEW_IMAGES:
                yield f"It learned {name} from {count} image{'' if count == 1 else 's'} alone."
        if card.data.patients is None:
            yield (
                "Patients were unknown in training: one person's images may be on both sides of "
                "the split, which flatters the figures."
            )
    if card.profile is not None:
        kinds = [
            kind
            for shares in (card.profile.modalities, card.profile.formats)
            for kind in shares
            if kind not in _NOT_A_KIND
        ]
        if kinds:
            yield f"It has seen {', '.join(kinds)} alone; other kinds of image are strange to it."


def _of_folds(card: ModelCard) -> Iterator[str]:
    if card.cross_fit is None:
        return
    figures = card.metrics.get(OUT_OF_FOLD, {})
    if shown_to_work(figures) is False:
        low = figures["auc_interval"][0]
        yield f"It has not been shown to work: its AUC out of fold may be {low:.2f}."
    yield from card.cross_fit.notes
    if card.cross_fit.curve is not None:
        yield str(card.cross_fit.curve)


def _of_test(card: ModelCard) -> Iterator[str]:
    test = card.metrics.get("test", {})
    if not test.get("images"):
        yield "It was not measured on images that it has never seen."
        return
    interval = test.get("auc_interval")
    if interval is None:
        yield (
            f"{test['patients']} test patients are too few to say how exact its figures are: they "
            "have no interval."
        )
    elif interval[0] <= CHANCE:
        yield (
            f"Its test AUC may be no better than chance: the interval reaches down to "
            f"{interval[0]:.2f}."
        )
    yield "Its figures hold for patients like its own; measure it on yours before you rely on it."
