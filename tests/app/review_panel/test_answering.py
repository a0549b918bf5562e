"""What is wanted is asked at once, what is expected when nobody waits, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.review_panel.answering import Answering
from fpt_core.events import Failed, Predicted, PredictionFailed, Stopped
from fpt_core.jobs.requests import PredictRequest

MODEL, OTHER = Path("/m/model.fpt"), Path("/m/other.fpt")
A, B, C = (Path(f"/data/{name}.png") for name in "abc")


class Asked(QObject):
    """Records what is asked and what is told."""

    def __init__(self, answering: Answering) -> None:
        super().__init__()
        self.requests: list[PredictRequest] = []
        self.told: list[tuple[Path, int]] = []
        answering.wanted.connect(self.requests.append)
        answering.answered.connect(lambda place, _: self.told.append(place))

    @property
    def places(self) -> list[tuple[Path, int]]:
        return [(request.paths[0], request.frame) for request in self.requests]


@pytest.fixture
def answering(qtbot: QtBot) -> Iterator[Answering]:
    owner = QObject()
    answering = Answering(owner)
    answering.use_model(MODEL)
    yield answering
    owner.deleteLater()


@pytest.fixture
def asked(answering: Answering) -> Asked:
    return Asked(answering)


def answer(path: Path, frame: int = 0) -> Predicted:
    return Predicted(str(path), ("healthy", "ill"), (0.3, 0.7), None, 0.5, frame=frame)


def test_of_what_is_wanted_meanwhile_only_the_last_is_asked(
    answering: Answering, asked: Asked
) -> None:
    for frame in range(4):
        answering.ask((A, frame))
    assert asked.places == [(A, 0)]
    answering.show_event(answer(A, 0))
    assert asked.places == [(A, 0), (A, 3)]
    assert answering.known((A, 0)) == answer(A, 0)


def test_what_is_expected_waits_for_what_is_wanted(answering: Answering, asked: Asked) -> None:
    answering.ask((A, 0))
    answering.expect([(B, 0), (C, 0)])
    assert asked.places == [(A, 0)]
    answering.show_event(answer(A))
    answering.ask((A, 5))
    assert asked.places == [(A, 0), (B, 0)], "it has begun"
    answering.show_event(answer(B))
    answering.show_event(answer(A, 5))
    assert asked.places == [(A, 0), (B, 0), (A, 5)], "C is not expected any more"
    answering.expect([(B, 0)])
    assert len(asked.places) == 3, "known already"


def test_another_model_is_asked_anew_and_the_late_answer_of_the_first_is_passed_over(
    answering: Answering, asked: Asked
) -> None:
    answering.ask((A, 0))
    answering.use_model(OTHER)
    answering.ask((A, 0))
    assert [request.model for request in asked.requests] == [MODEL, OTHER]
    answering.show_event(answer(A))
    assert answering.known((A, 0)) is None
    assert asked.told == []
    answering.show_event(answer(A))
    assert asked.told == [(A, 0)]


def test_a_refusal_ends_the_asking(answering: Answering, asked: Asked) -> None:
    answering.ask((A, 0))
    answering.show_event(PredictionFailed(str(A), "It is cut.", "Copy it."))
    answering.ask((B, 0))
    assert asked.places == [(A, 0), (B, 0)]
    answering.show_event(Failed("bundle", "No model.", "Choose one."))
    answering.ask((C, 0))
    assert asked.places[-1] == (C, 0)


def test_what_waited_behind_a_stopped_job_is_asked_again(
    answering: Answering, asked: Asked
) -> None:
    answering.ask((A, 0))
    answering.show_event(Stopped())
    assert asked.places == [(A, 0), (A, 0)]


def test_a_file_that_is_opened_again_may_have_changed(answering: Answering, asked: Asked) -> None:
    answering.ask((A, 0))
    answering.show_event(answer(A))
    answering.forget(A)
    assert answering.known((A, 0)) is None
    answering.ask((A, 0))
    answering.forget(A)
    answering.ask((A, 0))
    assert len(asked.places) == 3


def test_without_a_model_nobody_is_asked(answering: Answering, asked: Asked) -> None:
    answering.use_model(None)
    answering.ask((A, 0))
    assert asked.places == []
