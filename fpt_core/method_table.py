"""Runs side by side: what each method reached, and what that took; torch is not needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import BundleError
from fpt_core.evaluation.efficiency import memory_efficiency, parameter_efficiency
from fpt_core.model_card import ModelCard, TrainingCost, load_card

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MethodRow:
    """One run of the table."""

    run: str
    name: str
    created: str
    method: str
    backbone: str
    status: str
    image_size: int | None
    """Pixels; ``None`` until there is a model."""
    metrics: Figures
    """By split."""
    cost: TrainingCost | None
    """``None`` until training has ended, and for runs of earlier versions."""
    memory_ratio: float | None
    """Memory over that of full fine-tuning of the same backbone at the same image size."""
    ratio_measured: bool
    """Whether full fine-tuning was run in this project, rather than estimated."""

    @property
    def ppe(self) -> float | None:
        """Test AUC weighed against the learnable share."""
        auc = _test_auc(self.metrics)
        if auc is None or self.cost is None:
            return None
        return parameter_efficiency(auc, self.cost.learnable_share)

    @property
    def pme(self) -> float | None:
        """Test AUC weighed against memory."""
        auc = _test_auc(self.metrics)
        if auc is None or self.memory_ratio is None:
            return None
        return memory_efficiency(auc, self.memory_ratio)


def method_table(runs: Sequence[RunRecord]) -> tuple[MethodRow, ...]:
    """Runs in the order given, with what their model files say they took."""
    cards = {run.id: _card(run) for run in runs}
    full: dict[tuple[str, int, str], int] = {}
    for card in cards.values():
        if card is not None and card.method == "full" and card.cost is not None:
            full.setdefault(_reference(card, card.cost), card.cost.peak_memory_bytes)
    return tuple(_row(run, cards[run.id], full) for run in runs)


def _row(
    run: RunRecord, card: ModelCard | None, full: Mapping[tuple[str, int, str], int]
) -> MethodRow:
    cost = None if card is None else card.cost
    ratio, measured = None, False
    if card is not None and cost is not None:
        known = full.get(_reference(card, cost))
        measured = known is not None
        ratio = cost.peak_memory_bytes / (known or cost.full_finetuning_bytes)
    return MethodRow(
        run=run.id,
        name=run.name,
        created=run.created,
        method=run.method,
        backbone=run.backbone,
        status=run.status,
        image_size=None if card is None else card.backbone.image_size,
        metrics=run.metrics,
        cost=cost,
        memory_ratio=ratio,
        ratio_measured=measured,
    )


def _reference(card: ModelCard, cost: TrainingCost) -> tuple[str, int, str]:
    """What full fine-tuning must have in common with a run to be its measure."""
    return (card.backbone.name, card.backbone.image_size, cost.device)


def _card(run: RunRecord) -> ModelCard | None:
    if run.model_path is None:
        return None
    try:
        return load_card(run.model_path)
    except BundleError:
        return None  # the run is listed all the same; opening its model says what is wrong


def _test_auc(metrics: Figures) -> float | None:
    auc = metrics.get("test", {}).get("auc")
    return None if auc is None else float(auc)
