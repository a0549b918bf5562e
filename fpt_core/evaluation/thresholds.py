"""From which probability on a finding is called: chosen on validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.metrics import roc_curve

from fpt_core.errors import ConfigError, DatasetError
from fpt_core.evaluation.operating_point import OperatingPoint
from fpt_core.evaluation.ranking import divided
from fpt_core.evaluation.sample import Floats, Sample

Rule = Literal["youden", "sensitivity", "specificity", "cost", "net-benefit"]
RULES: tuple[Rule, ...] = ("youden", "sensitivity", "specificity", "cost", "net-benefit")
LEAST_PATIENTS = 10
"""Fewer patients with, or without, the class are too few to choose a threshold on."""


@dataclass(frozen=True, slots=True)
class OperatingRule:
    """What a threshold is to achieve."""

    rule: Rule
    target: float | None = None
    """``sensitivity``, ``specificity``: at least this. ``cost``: what a missed case costs, in
    false alarms. ``net-benefit``: the probability from which one would act. ``youden``: none."""

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ConfigError(
                f"There is no rule {self.rule!r} for an operating point.",
                f"Choose one of {', '.join(RULES)}.",
            )
        if self.rule == "youden":
            if self.target is not None:
                raise ConfigError("The rule 'youden' takes no number.", "Leave it out.")
            return
        if self.target is None or not self.target > 0:
            raise ConfigError(
                f"The rule {self.rule!r} needs a number above 0, not {self.target}.",
                f"Write {self.rule}=0.9, say.",
            )
        if self.rule != "cost" and self.target >= 1:
            raise ConfigError(
                f"The number of the rule {self.rule!r} must lie between 0 and 1, "
                f"not {self.target}.",
                f"Write {self.rule}=0.9, say.",
            )

    @classmethod
    def parse(cls, text: str) -> OperatingRule:
        """A rule as it is written: ``youden`` or ``sensitivity=0.95``.

        Raises:
            ConfigError: If it cannot be read.
        """
        name, _, number = text.partition("=")
        try:
            target = float(number) if number else None
        except ValueError as error:
            raise ConfigError(
                f"{number!r} is no number.", "Write sensitivity=0.95, say."
            ) from error
        return cls(name, target)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return self.rule if self.target is None else f"{self.rule}={self.target:g}"


def choose(sample: Sample, class_name: str, rule: OperatingRule, source: str) -> OperatingPoint:
    """The operating point of one class.

    Args:
        sample: Calibrated answers on validation images; never the test images.
        class_name: The class to be called.
        rule: What is to be achieved; a target that no threshold reaches is not lowered:
            everything is then called, or nothing.
        source: The data, in words.

    Raises:
        ConfigError: If there is no such class.
        DatasetError: If there are too few patients with or without it.
    """
    if class_name not in sample.class_names:
        raise ConfigError(
            f"There is no class {class_name!r}.", f"Choose among {', '.join(sample.class_names)}."
        )
    index = sample.class_names.index(class_name)
    scores, positive = sample.probabilities[:, index], sample.positive(index)
    for side, words in ((positive, "of"), (~positive, "other than")):
        if sample.patients_of(side) < LEAST_PATIENTS:
            raise DatasetError(
                f"No threshold for {class_name!r}: the {source} hold {sample.patients_of(side)} "
                f"patients {words} this class, {LEAST_PATIENTS} are needed.",
                "Give the validation split more patients.",
            )
    false_alarms, sensitivity, thresholds = roc_curve(positive, scores, drop_intermediate=False)
    best = _best(rule, sensitivity, 1 - false_alarms, thresholds, float(positive.mean()))
    threshold = rule.target if rule.rule == "net-benefit" else _between(thresholds, best)
    assert threshold is not None
    called = scores >= threshold
    return OperatingPoint(
        class_name,
        str(rule),
        threshold,
        float(called[positive].mean()),
        float((~called[~positive]).mean()),
        source,
        len(sample),
        sample.num_patients,
    )


def _best(
    rule: OperatingRule, sensitivity: Floats, specificity: Floats, at: Floats, share: float
) -> int:
    """The place on the ROC curve, whose thresholds fall from above all scores."""
    target = rule.target or 0.0
    match rule.rule:
        case "sensitivity":
            return int(np.argmax(sensitivity >= target))
        case "specificity":
            return int(np.flatnonzero(specificity >= target)[-1])
        case "cost":
            cost = target * share * (1 - sensitivity) + (1 - share) * (1 - specificity)
            return int(np.argmin(cost))
        case _:
            return int(np.argmax(sensitivity + specificity))


def _between(thresholds: Floats, index: int) -> float:
    """Half way to the next lower score, so that a rounded score falls on the same side."""
    here = min(float(thresholds[index]), 1.0)
    lower = float(thresholds[index + 1]) if index + 1 < len(thresholds) else 0.0
    if not np.isfinite(thresholds[index]):  # above every score: nothing is called
        return (1.0 + lower) / 2 if lower < 1 else float(np.nextafter(1.0, 2.0))
    return (here + lower) / 2


@dataclass(frozen=True, slots=True)
class NetBenefit:
    """One point of a decision curve: true positives less false ones at their exchange rate."""

    threshold: float
    model: float
    """Per person, where the model is followed."""
    everyone: float
    """Where everyone is treated; treating no one is 0."""


def net_benefit_curve(
    sample: Sample, index: int, thresholds: Sequence[float]
) -> tuple[NetBenefit, ...]:
    """The decision curve of one class.

    Reference: Vickers & Elkin, Medical Decision Making 2006.
    """
    scores, positive = sample.probabilities[:, index], sample.positive(index)
    at = np.asarray(thresholds, np.float64)
    odds = divided(at, 1 - at)
    called = scores[None, :] >= at[:, None]
    true, false = (called & positive).mean(1), (called & ~positive).mean(1)
    share = positive.mean()
    return tuple(
        NetBenefit(float(t), float(model), float(everyone))
        for t, model, everyone in zip(
            at, true - false * odds, share - (1 - share) * odds, strict=True
        )
    )
