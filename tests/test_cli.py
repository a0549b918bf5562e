"""The command line as people and scripts use it: real commands, real jobs."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE
from fpt_core.cli import main
from fpt_core.config import PixelRecipe
from fpt_core.dataset.project import Project
from fpt_core.model_card import load_card
from tests.pictures import write_image, write_labelled_folders

pytestmark = pytest.mark.usefixtures("no_weights")
_TINY = ("--weights", "random", "--image-size", "64", "--epochs", "2", "--batch-size", "4")


def _json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    captured = capsys.readouterr()
    result: dict[str, Any] = json.loads(captured.out)
    return result


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    source = write_labelled_folders(tmp_path / "images")
    result = _json(capsys, "import", tmp_path / "study", source / "labels.csv")
    assert result["images"] == 24
    return Path(result["project"])


def test_import_says_what_came_and_a_moved_folder_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_labelled_folders(tmp_path / "images")
    (source / "dark" / "broken.png").write_bytes(b"nothing")
    study = str(tmp_path / "study")
    assert main(["import", study, str(source), "--folds", "3"]) == 0
    told = capsys.readouterr().out
    assert "24 new" in told
    assert "broken.png is" in told
    source.rename(tmp_path / "moved")
    result = _json(capsys, "relocate", study, source, tmp_path / "moved")
    assert result["files_found"] == 24
    write_image(tmp_path / "moved" / "dark" / "new.png", 99)
    assert main(["import", study, str(tmp_path / "moved")]) == 0
    assert "1 new, 24 as they were" in capsys.readouterr().out


def test_a_rule_for_frames_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_labelled_folders(tmp_path / "images")
    assert main(["import", str(tmp_path / "study"), str(source), "--frames", "some"]) == 1
    assert "Write all, middle, or every:N" in capsys.readouterr().err


def test_train_evaluate_predict_and_compare(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = _json(capsys, "prepare", project, "--weights", "random", "--image-size", "64")
    assert prepared["images"] == 24
    trained = _json(capsys, "train", project, *_TINY)
    assert 0 <= trained["metrics"]["test"]["auc"] <= 1
    assert Path(trained["model"]).is_file()

    evaluated = _json(capsys, "evaluate", trained["model"], project)
    assert evaluated["metrics"]["test"]["images"] == trained["metrics"]["test"]["images"]
    assert evaluated["metrics"]["test"]["auc"] == pytest.approx(
        trained["metrics"]["test"]["auc"], abs=0.05
    )

    image = write_image(tmp_path / "new image.png", 77)
    table, heatmaps = tmp_path / "answers.csv", tmp_path / "heatmaps"
    predicted = _json(
        capsys, "predict", trained["model"], image, "--csv", table, "--heatmaps", heatmaps
    )
    (row,) = predicted["predictions"]
    assert sum(row["probabilities"].values()) == pytest.approx(1)
    with table.open(encoding="utf-8-sig") as file:
        assert [line["file"] for line in csv.DictReader(file)] == [str(image)]
    assert len(list(heatmaps.glob("*.png"))) == 1

    probe = _json(
        capsys, "train", project, "--method", "linear-probe", "--weights", "random",
        "--image-size", "64",
    )  # fmt: skip
    looks = Project.open(project).test_looks()
    assert [what.partition(" ")[0] for _, what in looks] == ["end", "evaluation", "end"]
    compared = _json(capsys, "compare", project)
    assert len(Project.open(project).test_looks()) == len(looks) + 1
    assert [run["run"] for run in compared["runs"]] == [probe["run"], trained["run"]]
    assert main(["compare", str(project)]) == 0
    assert trained["run"] in capsys.readouterr().out


def test_a_finished_run_resumes_to_the_same_end(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _json(capsys, "train", project, *_TINY)
    again = _json(capsys, "train", project, "--resume", first["run"])
    assert again["run"] == first["run"]
    assert again["metrics"] == first["metrics"]


@pytest.mark.usefixtures("no_box")
def test_without_weights_it_says_what_to_do(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(project)]) == 1
    captured = capsys.readouterr()
    assert "FPT_WEIGHTS_DIR" in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "absent"], "no project"),
        (["import", "study", "absent"], "does not exist"),
        (["predict", "absent.fpt", "image.png"], "no model file"),
    ],
)
def test_a_failed_job_is_one_line_and_status_1(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image.png").write_bytes(b"")
    assert main(arguments) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert words in lines[0]


def test_truncated_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut.fpt").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{")
    image = write_image(tmp_path / "image.png", 1)
    assert main(["predict", str(tmp_path / "cut.fpt"), str(image)]) == 1
    assert "truncated or damaged" in capsys.readouterr().err


def test_wrong_usage_is_status_2() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["train"])
    assert stopped.value.code == 2


def test_new_makes_an_empty_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = _json(capsys, "new", tmp_path / "study")
    assert Path(made["project"]).is_dir()
    assert main(["train", str(tmp_path / "study"), "--weights", "random"]) == 1
    assert "two classes" in capsys.readouterr().err


def test_doctor_names_device_decoders_and_the_built_in_backbone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = _json(capsys, "doctor")
    assert found["device"]["used"] in ("cpu", "cuda")
    assert found["decoders"]["JPEG 2000 Image Compression"]
    assert [(weights["name"], weights["built_in"]) for weights in found["weights"]] == [
        (BUILT_IN_BACKBONE, True)
    ]
    assert found["built_in_refused"] == ""
    assert main(["doctor"]) == 0
    assert "built-in, small" in capsys.readouterr().out


def test_doctor_tells_why_the_built_in_backbone_is_refused(
    no_box: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    no_box.write_bytes(b"another file")
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "damaged or was exchanged" in told
    assert "none found" in told


def test_help_needs_no_torch() -> None:
    code = (
        "import sys\nfrom fpt_core.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


def test_the_recipe_is_shown_and_set_and_travels_into_the_model(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = _json(capsys, "recipe", project)["recipe"]
    assert (shown["windows"], shown["volume_axis"], shown["fundus_crop"]) == ([], "axial", False)
    windows = ("--window", "lung", "--window=-5,20", "--window", "file:BONE")
    _json(capsys, "recipe", project, *windows, "--fundus-crop", "--volume-axis", "sagittal")
    assert main(["recipe", str(project)]) == 0
    assert "lung -5,20 file:BONE" in capsys.readouterr().out

    kept = _json(capsys, "recipe", project, "--no-fundus-crop", "--window", "brain")["recipe"]
    assert kept["windows"] == [{"center": 40.0, "width": 80.0, "name": ""}]
    assert (kept["volume_axis"], kept["fundus_crop"]) == ("sagittal", False)
    probe = ("--method", "linear-probe", "--weights", "random", "--image-size", "64")
    model = Path(_json(capsys, "train", project, *probe)["model"])
    assert load_card(model).recipe == PixelRecipe.from_dict(kept)
    assert _json(capsys, "recipe", project, "--window", "file")["recipe"]["windows"] == []
    with pytest.raises(SystemExit):
        main(["train", str(project), "--fundus-crop"])


def test_a_run_resumes_with_its_own_recipe(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = _json(capsys, "train", project, *_TINY)
    _json(capsys, "recipe", project, "--window", "bone")
    again = _json(capsys, "train", project, "--resume", first["run"])
    assert again["metrics"] == first["metrics"]
    assert load_card(Path(again["model"])).recipe == PixelRecipe()


def test_audit_tells_findings_and_what_was_looked_at(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {one["kind"]: one for one in _json(capsys, "audit", project)["findings"]}
    assert found["images-too-small"]["severity"] == "caution"
    assert main(["audit", str(project)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("CAUTION  ")
    assert "All 24 images are smaller than 224 px" in shown
    assert "\n  - exact copies\n" in shown
    assert main(["audit", str(project), "--privacy"]) == 0
    assert capsys.readouterr().out.startswith("No findings. Looked at:")
