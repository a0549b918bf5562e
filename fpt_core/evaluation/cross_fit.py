"""How a cross-fitted model was put together, and what more patients would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CHANCE = 0.5
"""The AUC of an answer that knows nothing."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A part of the patients."""

    patients: int
    """That were learned from, on average over folds."""
    auc: float
    """Out of fold, the mean over draws of patients."""


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """The AUC by number of patients, of the probe, which learns in no time."""

    points: tuple[CurvePoint, ...]
    gain: float | None
    """What twice the patients would add to the AUC; ``None``: it cannot be told."""
    gain_interval: tuple[float, float] | None

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> LearningCurve:
        """From JSON-ready values."""
        interval = record["gain_interval"]
        return cls(
            tuple(CurvePoint(**point) for point in record["points"]),
            record["gain"],
            None if interval is None else (float(interval[0]), float(interval[1])),
        )

    def __str__(self) -> str:
        if self.gain is None or self.gain_interval is None:
            return "What more patients would bring cannot be told from so few."
        low, high = self.gain_interval
        return (
            f"Twice the patients would bring about +{self.gain:.2f} of AUC "
            f"({low:.2f} to {high:.2f})."
        )


@dataclass(frozen=True, slots=True)
class SideSettings:
    """Settings of the side networks that are searched."""

    learning_rate: float = 1e-3
    dropout: float = 0.5
    side_reduction: int = 8

    def __str__(self) -> str:
        return (
            f"rate {self.learning_rate:g}, dropout {self.dropout:g}, width 1/{self.side_reduction}"
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried on answers out of fold."""

    what: str
    loss: float
    """Cross-entropy out of fold."""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class CrossFit:
    """How the recommended method put a model together."""

    folds: int
    members: int
    """Side networks in the model; 0 where the probe alone answers."""
    images: int
    """Everything that is not test."""
    patients: int
    shares: Mapping[str, float]
    """Of each component in the joint log-probabilities; they sum to 1."""
    strengths: Mapping[str, float]
    """Inverse strength of each probe's regularisation."""
    side: SideSettings
    epochs: int
    """After which the side networks were kept."""
    tried: tuple[Tried, ...] = ()
    curve: LearningCurve | None = None
    notes: tuple[str, ...] = ()
    """What could not be done as usual, in sentences."""

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> CrossFit:
        """From JSON-ready values."""
        curve = record["curve"]
        return cls(
            **{
                **record,
                "side": SideSettings(**record["side"]),
                "tried": tuple(Tried(**tried) for tried in record["tried"]),
                "curve": None if curve is None else LearningCurve.parse(curve),
                "notes": tuple(record["notes"]),
            }
        )


def shown_to_work(figures: Mapping[str, Any]) -> bool | None:
    """Whether the interval of an AUC lies above chance; ``None``: there is no interval."""
    interval = figures.get("auc_interval")
    return None if interval is None else bool(interval[0] > CHANCE)
