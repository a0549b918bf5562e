"""Whoever is told a result on the test split has looked, and that is counted."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from fpt_core.dataset.project import Project
from fpt_core.events import Answered, AnswerTable, Event, Finished, Progress
from fpt_core.jobs.requests import (
    CompareRequest,
    EvaluateRequest,
    PrepareRequest,
    Request,
    TrainRequest,
)
from fpt_core.jobs.test_looks import counted


def _events(test_images: int = 3) -> Generator[Event, None, None]:
    yield Progress("Evaluating", 1, 1)
    yield Finished({"run": "r1", "metrics": {"test": {"images": test_images, "auc": 0.5}}})


def _looks(project: Project, request: Request, test_images: int = 3) -> list[str]:
    assert len(list(counted(request, _events(test_images)))) == 2
    return [what for _, what in project.test_looks()]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "study")


def test_the_end_of_a_training_is_a_look(project: Project) -> None:
    request = TrainRequest(PrepareRequest(project.path))
    assert _looks(project, request, test_images=0) == []
    assert _looks(project, request) == ["end of run r1"]


@pytest.mark.parametrize(("split", "looks"), [("test", 1), ("all", 1), ("val", 0), ("train", 0)])
def test_an_evaluation_on_test_images_is_a_look(project: Project, split: str, looks: int) -> None:
    request = EvaluateRequest(Path("runs") / "r1" / "model.fpt", project.path, split)
    assert _looks(project, request) == ["evaluation of model.fpt in r1"] * looks


def test_a_comparison_is_a_look(project: Project) -> None:
    assert _looks(project, CompareRequest(project.path, ("r1", "r2"))) == ["comparison of 2 runs"]


def test_answers_alone_are_a_look_already(project: Project) -> None:
    def events() -> Generator[Event, None, None]:
        table = AnswerTable(((0.1, 0.9),), ((0.1, 0.9),), (1,), (0,))
        yield Answered(("a", "b"), table, None, "validation images")
        yield Finished({})

    request = EvaluateRequest(Path("runs") / "r1" / "model.fpt", project.path)
    told = counted(request, events())
    next(told)
    assert len(project.test_looks()) == 1
    assert len(list(told)) == 1
    assert len(project.test_looks()) == 1


def test_a_job_that_is_stopped_before_its_result_is_none(project: Project) -> None:
    events = counted(EvaluateRequest(Path("model.fpt"), project.path), _events())
    next(events)
    events.close()
    assert project.test_looks() == []
