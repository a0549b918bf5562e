"""Whether runs of a project differ, on the test patients that all of them answered."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence

from fpt_core.dataset.project import Project
from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import DatasetError, ProjectError
from fpt_core.evaluation.comparison import compare
from fpt_core.evaluation.predictions import PREDICTIONS, Answer, as_sample, load_predictions
from fpt_core.evaluation.sample import Sample
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.requests import CompareRequest
from fpt_core.jobs.run_evaluation import in_use
from fpt_core.model_card import load_card


def compare_runs(request: CompareRequest) -> Generator[Event, None, None]:
    """The comparison job.

    Raises:
        DatasetError: If the runs have no images in common, or other classes.
        ProjectError: If a run is not there, or keeps no sound predictions.
    """
    project = Project.open(request.project)
    runs = [project.run(run_id) for run_id in dict.fromkeys(request.runs)]
    answers = {run.id: _answers(project, run) for run in runs}
    shared = set.intersection(*(set(found) for found in answers.values())) if answers else set()
    if runs and not shared:
        raise DatasetError(
            "The runs have no test images in common.", "Compare runs of the same split."
        )
    samples = {
        run.id: _sample(run, [answers[run.id][key] for key in sorted(shared)]) for run in runs
    }
    yield Progress("Comparing", 0, 1)
    comparisons = compare(samples)
    yield Progress("Comparing", 1, 1)
    first = samples[runs[0].id]
    yield Finished(
        {
            "project": str(project.path),
            "images": len(first),
            "patients": first.num_patients,
            "comparisons": [dataclasses.asdict(comparison) for comparison in comparisons],
            "notes": _notes(answers, len(shared)),
        }
    )


Key = tuple[int, str]
"""An image and its content."""


def _answers(project: Project, run: RunRecord) -> dict[Key, Answer]:
    predictions = load_predictions(project.runs_dir / run.id / PREDICTIONS)
    return {(a.image_id, a.image_hash): a for a in predictions.answers if a.split == "test"}


def _sample(run: RunRecord, answers: Sequence[Answer]) -> Sample:
    if run.model_path is None:
        raise ProjectError(f"The run {run.id} has no model.", "Compare runs that are finished.")
    card = load_card(run.model_path)
    return in_use(as_sample(card.class_names, answers), card.calibration)


def _notes(answers: dict[str, dict[Key, Answer]], shared: int) -> list[str]:
    return [
        f"{len(found) - shared} test images of {run} are left out: not every run answered them."
        for run, found in answers.items()
        if len(found) > shared
    ]
