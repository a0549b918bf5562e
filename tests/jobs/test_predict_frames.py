"""Frames answered one by one, with real files and a real model."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from fpt_core.answers.series_rule import SeriesRule
from fpt_core.cli import main
from fpt_core.errors import ImageError
from fpt_core.events import Event, Finished, FrameAnswered
from fpt_core.jobs.predict import warm_model
from fpt_core.jobs.requests import FramesRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image
from tests.sources import write_dicom

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture
def model(trained: tuple[Path, Path]) -> Path:
    return trained[1]


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "stack.tif"
    rng = np.random.default_rng(0)
    pages = [
        Image.fromarray(rng.integers(0, 60 * page + 40, (48, 64, 3), np.uint8)) for page in range(4)
    ]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def answered(events: list[Event]) -> list[FrameAnswered]:
    return [event for event in events if isinstance(event, FrameAnswered)]


@pytest.mark.parametrize("rule", ["mean", "max", "top:2"])
def test_every_frame_is_answered_as_it_is_alone_and_the_file_by_its_rule(
    model: Path, stack: Path, rule: str
) -> None:
    events = list(run(FramesRequest(model, stack, SeriesRule.parse(rule), device="cpu")))

    frames = answered(events)
    assert [(event.frame, event.frames) for event in frames] == [(n, 4) for n in range(4)]
    alone = warm_model(model, None, "cpu").predict(stack, frame=2)
    assert frames[2].probabilities == alone.probabilities
    assert len({event.probabilities for event in frames}) == 4
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.result["rule"] == rule
    by_rule = SeriesRule.parse(rule).answer([event.probabilities for event in frames])
    assert tuple(last.result["probabilities"].values()) == by_rule


def test_it_stops_between_two_frames(model: Path, stack: Path) -> None:
    events = run(FramesRequest(model, stack, device="cpu"))
    first = next(event for event in events if isinstance(event, FrameAnswered))
    events.close()
    assert first.frame == 0
    assert list(events) == []


def test_a_multi_frame_dicom_file_is_answered(model: Path) -> None:
    path = Path(get_testdata_file("examples_ybr_color.dcm", download=False))
    events = run(FramesRequest(model, path, device="cpu"))
    first = next(event for event in events if isinstance(event, FrameAnswered))
    events.close()
    assert first.frames == 30


def test_a_file_none_of_whose_frames_can_be_read_is_told(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    Image.effect_noise((200, 200), 90).save(path)
    path.write_bytes(path.read_bytes()[:9000])
    events = run(FramesRequest(model, path, device="cpu"))
    told: list[Event] = []
    with pytest.raises(ImageError, match="None of the 1 frames"):
        told.extend(events)
    assert answered(told) == []


def test_the_command_writes_frames_and_file_with_the_rule(
    model: Path, stack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "answers.csv"
    command = ["predict", str(model), str(stack), "--frames", "max", "--csv", str(table)]
    assert main([*command, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert len(result["predictions"]) == 4
    rows = list(csv.reader(table.read_text("utf-8-sig").splitlines()))
    assert [row[1] for row in rows] == ["frame", "1", "2", "3", "4", "max"]
    for place in range(2, len(rows[0])):
        highest = max(float(row[place]) for row in rows[1:5])
        assert float(rows[5][place]) == highest

    assert main(command) == 0
    assert "highest of all frames" in capsys.readouterr().out


def test_a_folder_of_one_series_is_answered_in_the_order_of_its_slices(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        write_dicom(tmp_path / "scan" / f"IM{number}", ImagePositionPatient=[0, 0, -number],
                    RescaleIntercept=-1000 + 300 * number)  # fmt: skip
    assert main(["predict", str(model), str(tmp_path / "scan"), "--frames", "mean", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    last = warm_model(model, None, "auto").predict(tmp_path / "scan" / "IM2")
    first = tuple(result["predictions"][0]["probabilities"].values())
    assert first == pytest.approx(last.probabilities)
    assert result["frames"] == 3

    write_image(tmp_path / "scan" / "photo.png", 1)
    assert main(["predict", str(model), str(tmp_path / "scan"), "--frames", "mean"]) == 1
    assert "2 images or series, not one series" in capsys.readouterr().err


def test_frames_of_several_files_are_refused(
    model: Path, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", str(model), str(stack), str(stack), "--frames", "max"]) == 1
    assert "one file without heatmaps" in capsys.readouterr().err
