"""What the panel draws, computed in the background.

scipy and scikit-learn take seconds to import, so that these functions import what they
need when they run, which is never in the GUI thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from fpt_core.errors import DatasetError
from fpt_core.evaluation.calls import given_at
from fpt_core.evaluation.operating_point import OperatingPoint
from fpt_core.evaluation.sample import Sample
from fpt_core.events import Answered, AnswerTable

if TYPE_CHECKING:
    from fpt_core.evaluation.curves import Curve
    from fpt_core.evaluation.reliability import ReliabilityBin
    from fpt_core.evaluation.thresholds import NetBenefit

_DECISION_CURVE = tuple(percent / 100 for percent in range(1, 100))


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """A model's answers to what is measured, and to what thresholds are chosen on."""

    given: Sample
    """As they are given to people."""
    uncalibrated: Sample
    chosen_on: Sample | None
    """``None`` where the model's validation images are not at hand."""
    source: str
    """What those images are, in words."""

    @classmethod
    def of(cls, event: Answered) -> Answers:
        """The answers that an evaluation told."""
        names, table, other = event.class_names, event.measured, event.chosen_on
        return cls(
            _sample(names, table, table.probabilities),
            _sample(names, table, table.uncalibrated),
            None if other is None else _sample(names, other, other.probabilities),
            event.chosen_on_source,
        )

    def by_patient(self) -> Answers:
        """One row per patient: the mean of the images' probabilities."""
        chosen_on = self.chosen_on
        return Answers(
            self.given.by_unit(self.given.patients),
            self.uncalibrated.by_unit(self.uncalibrated.patients),
            None if chosen_on is None else chosen_on.by_unit(chosen_on.patients),
            self.source,
        )


def _sample(names: tuple[str, ...], table: AnswerTable, rows: object) -> Sample:
    return Sample.of(names, rows, table.targets, table.patients)  # type: ignore[arg-type]


Row = tuple[int, int, int, float]
"""Image id, true class, given class and its probability."""


def rows_behind(
    by_image: Sample, shown: Sample, image_ids: Sequence[int], index: int, threshold: float
) -> tuple[Row, ...]:
    """The images behind a confusion matrix at a threshold.

    Args:
        by_image: A row for each image.
        shown: What the matrix counts: the same, or a row for each patient.
        image_ids: In the order of ``by_image``.
        index: Of the class that the threshold is of.
        threshold: From which on it is called.
    """
    given = given_at(shown, index, threshold).tolist()
    places = list(range(len(by_image))) if shown is by_image else _units(by_image)
    return tuple(
        (
            number,
            int(shown.targets[place]),
            given[place],
            float(shown.probabilities[place, given[place]]),
        )
        for number, place in zip(image_ids, places, strict=True)
        if place is not None
    )


def _units(sample: Sample) -> list[int | None]:
    """For each image its patient's row in ``sample.by_unit``, none where classes are mixed."""
    classes: dict[int, set[int]] = {}
    for patient, target in zip(sample.patients.tolist(), sample.targets.tolist(), strict=True):
        classes.setdefault(patient, set()).add(target)
    plain = [patient for patient, targets in classes.items() if len(targets) == 1]
    row_of = {patient: row for row, patient in enumerate(plain)}
    return [row_of.get(patient) for patient in sample.patients.tolist()]


@dataclass(frozen=True, slots=True)
class Charts:
    """The curves of one class."""

    roc: Curve
    precision_recall: Curve
    reliability: tuple[ReliabilityBin, ...]
    uncalibrated: tuple[ReliabilityBin, ...]
    net_benefit: tuple[NetBenefit, ...]


def charts(answers: Answers, index: int) -> Charts:
    """The curves of class ``index``."""
    from fpt_core.evaluation.curves import precision_recall, roc
    from fpt_core.evaluation.reliability import reliability
    from fpt_core.evaluation.thresholds import net_benefit_curve

    bins = [
        reliability(sample.probabilities[:, index], sample.positive(index))
        for sample in (answers.given, answers.uncalibrated)
    ]
    return Charts(
        roc(answers.given, index),
        precision_recall(answers.given, index),
        *bins,
        net_benefit_curve(answers.given, index, _DECISION_CURVE),
    )


def figures_at(
    answers: Answers, index: int, threshold: float, prevalence: float
) -> dict[str, dict[str, Any]]:
    """Sensitivity, specificity and so on from a threshold on, with intervals."""
    from fpt_core.evaluation.figures import point_figures

    name = answers.given.class_names[index]
    found = point_figures(answers.given, name, threshold, prevalence)
    return {figure: asdict(value) for figure, value in found.items()}


def operating_point(
    answers: Answers, index: int, rule: str, kept: Sequence[Mapping[str, Any]]
) -> OperatingPoint:
    """The threshold of class ``index`` by ``rule``, from validation images alone.

    Args:
        answers: Whose ``chosen_on`` decides.
        index: Of the class.
        rule: As it is written.
        kept: What the model file keeps, as an evaluation tells it, for where its validation
            images are not at hand.

    Raises:
        DatasetError: If there are no validation images, or too few.
    """
    from fpt_core.evaluation.thresholds import OperatingRule, choose

    name = answers.given.class_names[index]
    if answers.chosen_on is not None:
        return choose(answers.chosen_on, name, OperatingRule.parse(rule), answers.source)
    for point in kept:
        if (point["class_name"], point["rule"]) == (name, rule):
            return OperatingPoint(
                **{field.name: point[field.name] for field in fields(OperatingPoint)}
            )
    rules = ", ".join(sorted({point["rule"] for point in kept})) or "no rule"
    raise DatasetError(
        "The model's validation images are not here to choose a threshold on.",
        f"The model file keeps operating points by {rules}.",
    )
