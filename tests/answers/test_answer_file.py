from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.answers.answer_file import AnswerFile, Counts, FrameAnswers, Order, Which
from fpt_core.answers.series_rule import SeriesRule
from fpt_core.errors import FptError
from fpt_core.events import PredictionFailed
from tests.answers.answers import answer

A, B, C, D = (Path(f"/data/{name}.png") for name in "abcd")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Four images: three answered, one refused."""
    path = tmp_path / "queue" / "answers.sqlite"
    with AnswerFile(path) as answers:
        answers.use_model("one")
        answers.add((path, f"data/{path.name}") for path in (A, B, C, D))
        answers.keep(1, answer(A, 0.75), is_uncertain=lambda *_: True, names_patient=False)
        answers.keep(2, answer(B, 0.9375, 2.5), is_uncertain=lambda *_: False, names_patient=True)
        answers.keep(3, answer(C, 0.25), is_uncertain=lambda *_: False, names_patient=False)
        answers.refuse(D, "d.png", PredictionFailed(str(D), "It is cut.", "Copy it."), False)
    return path


def test_an_answer_comes_back_as_it_was_with_its_maps(file: Path) -> None:
    with AnswerFile(file) as answers:
        assert answers.answer(2) == answer(B, 0.9375, 2.5)
        assert answers.answer(4) is None
        assert answers.probabilities(3) == {"healthy": 0.75, "ill": 0.25}
        assert answers.class_names() == ("healthy", "ill")


def test_images_are_filtered_and_sorted_with_what_has_no_value_last(file: Path) -> None:
    with AnswerFile(file) as answers:
        assert answers.counts() == Counts(4, 0, 1, 1, 1)
        assert answers.numbers(Which.UNLIKE) == [2]
        assert answers.numbers(Which.UNCERTAIN) == [1]
        assert answers.numbers(Which.REFUSED) == [4]
        assert answers.numbers(class_name="healthy") == [3]
        assert answers.numbers(words=("DATA/", "b.png")) == [2]
        assert answers.numbers(words=("cut",)) == [4]
        assert answers.numbers(order=Order.PROBABILITY) in ([1, 3, 2, 4], [3, 1, 2, 4])
        assert answers.numbers(order=Order.PROBABILITY, descending=True)[0] == 2
        assert answers.numbers(order=Order.PROBABILITY, descending=True)[-1] == 4
        assert answers.numbers(order=Order.FLAGS, descending=True)[:3] == [4, 2, 1]
        assert answers.images([4])[4].refusal == "It is cut. Copy it."


def test_what_waits_stays_and_another_model_answers_all_again(file: Path) -> None:
    with AnswerFile(file) as answers:
        answers.add([(A, "data/a.png"), (Path("/data/e.png"), "e.png")])
        assert [image.name for image in answers.waiting()] == ["e.png"]
        answers.use_model("one")
        assert answers.counts().waiting == 1
        answers.use_model("other")
        assert answers.counts() == Counts(5, 5, 0, 0, 0)


def test_a_reader_sees_what_a_writer_keeps_meanwhile(file: Path) -> None:
    with AnswerFile(file) as writer, AnswerFile(file) as reader:
        writer.add([(Path("/data/e.png"), "e.png")])
        assert reader.counts().waiting == 1


def test_a_folder_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FptError, match="cannot be used"):
        AnswerFile(tmp_path / "file" / "answers.sqlite")


def test_a_series_is_answered_by_the_rule_and_another_rule_asks_nothing_again(
    file: Path,
) -> None:
    frames = FrameAnswers(4, {0: (0.9, 0.1), 1: (0.8, 0.2), 3: (0.25, 0.75)})
    with AnswerFile(file) as answers:
        answers.keep(1, answer(A, 0.75), lambda *_: False, names_patient=False, frames=frames)
        image = answers.images([1])[1]
        assert (image.class_name, image.frames) == ("healthy", 4)
        assert image.probability == pytest.approx(0.65)
        assert answers.frame_answers(1) == frames
        assert answers.frame_answers(2) is None

        answers.use_rule(SeriesRule("max"), lambda name, share: (name, share) == ("healthy", 0.9))
        image = answers.images([1])[1]
        assert (image.class_name, image.probability, image.is_uncertain) == ("healthy", 0.9, True)
        assert answers.probabilities(1) == {"healthy": 0.9, "ill": 0.75}
        assert answers.images([3])[3].probability == 0.75, "an image of one frame has no rule"
        assert answers.counts().waiting == 0
