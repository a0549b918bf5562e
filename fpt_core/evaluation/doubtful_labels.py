"""The list of labels of a project that look wrong, as one of its runs sees them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.words import counted, verb
from fpt_core.dataset.project import Project
from fpt_core.dataset.project_tables import now
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import DatasetError
from fpt_core.evaluation.disagreement import doubts
from fpt_core.evaluation.predictions import PREDICTIONS, as_sample, load_predictions

_KEY = "doubtful_labels"
_KIND = "doubtful-labels"


@dataclass(frozen=True, slots=True)
class DoubtfulLabel:
    """An image whose label looks wrong."""

    image_id: int
    label: str
    """When it was looked at."""
    suggested: str
    probability: float
    """Of the label, before calibration."""
    suggested_probability: float


@dataclass(frozen=True, slots=True)
class DoubtfulLabels:
    """What a run's answers to images that it did not learn from cast doubt on."""

    run: str
    source: str
    """What those images are, in words."""
    created: str
    images: int
    """That were looked at."""
    labels: tuple[DoubtfulLabel, ...]
    """The most doubtful first."""


def find_doubtful_labels(project: Project, run_id: str) -> DoubtfulLabels:
    """Look for wrong labels with the answers that a run keeps; test images are not looked at.

    Answers out of fold where the run has them, else those to its validation images.

    Raises:
        ProjectError: If the run keeps no sound predictions.
        DatasetError: If there are no such answers to images that are still in the project.
    """
    kept = load_predictions(project.runs_dir / run_id / PREDICTIONS)
    split, source = kept.held_out_split()
    images = {image.id: image for image in project.images()}
    answers = [
        dataclasses.replace(answer, class_name=images[answer.image_id].class_name)
        for answer in kept.answers
        if answer.split == split
        and answer.image_id in images
        and images[answer.image_id].image_hash == answer.image_hash
        and images[answer.image_id].class_name in kept.class_names
        and all(p == p for p in answer.probabilities)
    ]
    if not answers:
        raise DatasetError(
            f"The run {run_id} keeps no answers to {source}, so its labels cannot be doubted.",
            "Import with validation images or folds, and train again.",
        )
    sample = as_sample(kept.class_names, answers)
    labels = tuple(
        DoubtfulLabel(
            answers[doubt.row].image_id,
            answers[doubt.row].class_name,
            kept.class_names[doubt.suggested],
            float(sample.probabilities[doubt.row, sample.targets[doubt.row]]),
            float(sample.probabilities[doubt.row, doubt.suggested]),
        )
        for doubt in doubts(sample)
    )
    return DoubtfulLabels(run_id, source, now(), len(answers), labels)


def keep_doubtful_labels(project: Project, found: DoubtfulLabels) -> None:
    """Keep the list in the project, in place of the last one."""
    project.keep(_KEY, json.dumps(dataclasses.asdict(found)))


def kept_doubtful_labels(project: Project) -> DoubtfulLabels | None:
    """The last list; ``None`` where nobody has looked."""
    text = project.kept(_KEY)
    if text is None:
        return None
    record = json.loads(text)
    return DoubtfulLabels(
        **{**record, "labels": tuple(DoubtfulLabel(**label) for label in record["labels"])}
    )


def as_finding(found: DoubtfulLabels, images: Sequence[ImageRecord]) -> Finding | None:
    """The list as a finding on the data set; ``None`` where nothing is doubtful any more.

    Args:
        found: The list.
        images: The project's images now, without those that are excluded: whose label was
            changed since, or who was left out, is settled.
    """
    labels = {image.id: image.class_name for image in images}
    still = [label for label in found.labels if labels.get(label.image_id) == label.label]
    if not still:
        return None
    number = len(still)
    return Finding(
        _KIND,
        "caution",
        f"{counted(number, 'label')} {verb(number, 'looks', 'look')} wrong",
        f"Of {counted(found.images)} ({found.source}), which the model had not learned from, the "
        "run's answers contradict these with confidence, the most doubtful first (confident "
        "learning, Northcutt et al. 2021). The model may be wrong instead: look at each; L gives "
        f"it another label. By run {found.run}.",
        tuple((label.image_id,) for label in still),
    )
