"""Many images answered into a file, with real files and a real model."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from fpt_core.answers.answer_file import AnswerFile, Counts
from fpt_core.answers.series_rule import SeriesRule
from fpt_core.config import TrainingConfig
from fpt_core.errors import FptError
from fpt_core.events import Finished, Predicted, Progress
from fpt_core.jobs.requests import (
    HandOnRequest,
    PredictRequest,
    PrepareRequest,
    QueueRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run
from tests.pictures import write_image

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture
def explaining(trained: tuple[Path, Path]) -> Path:
    """A model of FPT+, whose answers come with their evidence."""
    prepare = PrepareRequest(trained[0], image_size=64, device="cpu")
    *_, last = run(TrainRequest(prepare, TrainingConfig(epochs=1)))
    assert isinstance(last, Finished)
    return Path(last.result["model"])


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with what people drop: good, broken and foreign files, a ZIP, a DICOM series."""
    folder = tmp_path / "mixed"
    write_image(folder / "good.png", 1, size=64)
    Image.new("L", (40, 60), 90).save(folder / "grey.png")
    Image.new("RGBA", (40, 60), (10, 20, 30, 128)).save(folder / "with alpha.png")
    whole = write_image(folder / "cut.png", 2, size=200).read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 3])
    (folder / "letter.docx").write_bytes(b"no image at all")
    for number in range(3):
        series = folder / "series"
        series.mkdir(exist_ok=True)
        shutil.copy(get_testdata_file("CT_small.dcm", download=False), series / f"IM{number}")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(folder / "good.png", "inner/zipped.png")
    return folder


def one_answer(model: Path, path: Path, frame: int = 0) -> Predicted:
    (event,) = [
        event
        for event in run(PredictRequest(model, (path,), frame))
        if isinstance(event, Predicted)
    ]
    return event


def test_a_file_of_several_frames_is_answered_by_the_rule_and_shows_its_most_telling_frame(
    explaining: Path, tmp_path: Path
) -> None:
    stack, file = tmp_path / "stack.tif", tmp_path / "answers.sqlite"
    pages = [Image.effect_noise((48, 48), 30.0 * page + 5) for page in range(4)]
    pages[0].save(stack, save_all=True, append_images=pages[1:])
    alone = [one_answer(explaining, stack, frame) for frame in range(4)]
    assert len({event.probabilities for event in alone}) == 4

    list(run(QueueRequest(explaining, file, (stack,), SeriesRule("max"))))
    with AnswerFile(file) as answers:
        image = answers.images([1])[1]
        highest = {
            name: max(event.probabilities[place] for event in alone)
            for place, name in enumerate(alone[0].class_names)
        }
        assert answers.probabilities(1) == highest
        assert image.class_name == max(highest, key=highest.__getitem__)
        shown = answers.answer(1)
        assert shown is not None
        assert shown.frame == image.frame
        assert shown.probabilities == alone[image.frame].probabilities
        assert max(shown.probabilities) == image.probability
        assert shown.evidence[0].values == pytest.approx(alone[image.frame].evidence[0].values)

    list(run(QueueRequest(explaining, file, rule=SeriesRule("mean"))))
    with AnswerFile(file) as answers:
        assert sum(answers.probabilities(1).values()) == pytest.approx(1)


def test_all_that_was_given_is_answered_or_refused_in_words(
    mixed: Path, explaining: Path, tmp_path: Path
) -> None:
    file = tmp_path / "answers.sqlite"
    events = list(run(QueueRequest(explaining, file, (mixed, tmp_path / "gone.png"))))
    assert isinstance(events[-1], Finished)
    with AnswerFile(file) as answers:
        by_name = {image.name: image for image in answers.images(answers.numbers()).values()}
        refused = {name for name, image in by_name.items() if image.refusal}
        assert refused == {"mixed/cut.png", "letter.docx", "gone.png"}
        assert "truncated" in (by_name["mixed/cut.png"].refusal or "")
        zipped, good = by_name["mixed/more.zip/inner/zipped.png"], by_name["mixed/good.png"]
        assert zipped.probability == good.probability
        series = by_name["mixed/series, 3 slices"]
        assert series.frames == 3
        of_slices = answers.frame_answers(series.number)
        assert of_slices is not None
        alone = one_answer(explaining, mixed / "series" / "IM0")
        assert of_slices.answered[1] == alone.probabilities
        assert answers.probabilities(series.number) == pytest.approx(
            dict(zip(alone.class_names, alone.probabilities, strict=True))
        )
        assert not answers.counts().waiting
        single = one_answer(explaining, mixed / "good.png")
        kept = answers.answer(good.number)
        assert kept is not None
        assert kept.probabilities == single.probabilities
        assert kept.evidence[0].values == pytest.approx(single.evidence[0].values, rel=1e-6)


def test_a_stopped_queue_goes_on_and_a_vanished_folder_is_told(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, file = tmp_path / "scans", tmp_path / "answers.sqlite"
    for number in range(6):
        write_image(folder / f"{number}.png", number)
    events = run(QueueRequest(trained[1], file, (folder,)))
    for event in events:
        if isinstance(event, Progress) and event.stage == "Answering" and event.done == 3:
            break
    events.close()
    with AnswerFile(file) as answers:
        assert answers.counts() == Counts(6, 3, 0, answers.counts().unlike, 0)
    shutil.rmtree(folder)
    *_, last = run(QueueRequest(trained[1], file))
    assert isinstance(last, Finished)
    with AnswerFile(file) as answers:
        assert (answers.counts().waiting, answers.counts().refused) == (0, 3)
        assert "no file 5.png" in (answers.images([6])[6].refusal or "")


def test_without_its_model_nothing_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "answers.sqlite"
    image = write_image(tmp_path / "image.png", 1)
    with pytest.raises(FptError, match="no model file"):
        list(run(QueueRequest(tmp_path / "absent.fpt", file, (image,))))
    with AnswerFile(file) as answers:
        assert answers.counts().waiting == 1


def test_answers_are_handed_on_as_table_overlays_and_sorted_copies(
    mixed: Path, explaining: Path, tmp_path: Path
) -> None:
    file, out = tmp_path / "answers.sqlite", tmp_path / "out"
    list(run(QueueRequest(explaining, file, (mixed / "good.png", mixed / "letter.docx"))))
    with AnswerFile(file) as answers:
        best = answers.images([1])[1].class_name
        assert answers.images([2])[2].refusal
    request = HandOnRequest(
        file, explaining, (1, 2), out / "table.csv", out / "overlays", out / "sorted"
    )
    *_, last = run(request)
    assert isinstance(last, Finished)
    assert len((out / "table.csv").read_text(encoding="utf-8-sig").splitlines()) == 3
    (overlay,) = (out / "overlays").iterdir()
    with Image.open(overlay) as picture:
        assert picture.size == (64, 64)
    copies = sorted(path.relative_to(out / "sorted") for path in (out / "sorted").rglob("*.*"))
    assert copies == sorted(
        [Path(str(best)) / "00001-good.png", Path("not answered") / "00002-letter.docx"]
    )
