"""The window's benchmark, on a small data set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PIL import Image
from pytestqt.qtbot import QtBot

from app.benchmark_data import make_folder, make_project
from app.benchmark_viewer import measure_viewer


def test_it_drives_the_window_through_all_phases() -> None:
    sizes = ["--images", "60", "--imported", "15", "--trained", "24"]
    done = subprocess.run(
        [sys.executable, "-m", "app.benchmark", *sizes, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["images"] == 60
    assert report["imported_images"] == 15
    phases = ["idle", "pages", "train", "open", "scroll", "filter", "edit", "import"]
    assert list(report["longest_stall_ms"]) == list(report["longest_work_ms"]) == phases
    assert all(stall >= 0 for stall in report["longest_stall_ms"].values())
    assert report["time_to_usable_s"] > 0
    assert report["memory_bytes"] > 10_000_000


def test_its_data_are_real_files(tmp_path: Path) -> None:
    project = make_project(tmp_path, 12)
    folder = make_folder(tmp_path / "more", 10)

    assert len(project.images()) == 12
    assert project.num_patients() == 4
    assert all(image.path.is_file() for image in project.images())
    contents = {Image.open(file).tobytes() for file in folder.rglob("*.png")}
    assert len(contents) == 10


def test_a_long_training_run_is_replayed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.benchmark", "--training-hours", "0.05", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["events"] == 1800
    assert len(report["memory_bytes"]) == 11
    assert report["longest_stall_ms"] > 0
    assert 0 < report["work_share"] < 1


def test_the_viewer_is_dragged_and_scrolled(qtbot: QtBot) -> None:
    report = measure_viewer(side_px=300, frames=6, moves=5)

    drags = ["window", "pan", "zoom"]
    assert list(report.dragged) == [f"{d}, {at}" for at in ("whole", "actual size") for d in drags]
    assert all(found.frames_per_s > 0 for found in report.dragged.values())
    plain, packed = report.scrolled.values()
    assert packed.file_bytes < plain.file_bytes
    assert 0 < plain.ms <= plain.slowest_ms
    assert "6 frames of 512 x 512" in report.as_text()
