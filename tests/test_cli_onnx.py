"""`fpt export`, and the commands that take its file as a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fpt_core.cli import main
from fpt_core.dataset.project import Project
from fpt_core.predictor import load_model

pytestmark = [pytest.mark.usefixtures("no_weights"), pytest.mark.timeout(600)]


def _json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_a_model_goes_out_as_onnx_and_answers_as_before(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, model = trained
    project = Project.open(path)
    image = project.images("test")[0].path
    target = tmp_path / "model.onnx"
    written = _json(capsys, "export", model, "--onnx", target, "--check", image)
    assert written["opset"] == 20
    assert written["compared_images"] == 1
    assert written["largest_deviation"] < 1e-4
    assert written["images_with_other_tokens"] == 0

    [row] = _json(capsys, "predict", target, image)["predictions"]
    expected = load_model(model, device="cpu").predict(image)
    assert tuple(row["probabilities"].values()) == pytest.approx(expected.probabilities, abs=1e-4)

    looks = len(project.test_looks())
    measured, kept = (_json(capsys, "evaluate", file, path) for file in (target, model))
    assert measured["by_image"]["images"] == kept["by_image"]["images"] == 40
    auc, same = (found["by_image"]["macro"]["auc"] for found in (measured, kept))
    assert auc["value"] == pytest.approx(same["value"], abs=1e-3)
    assert auc["interval"]["low"] == pytest.approx(same["interval"]["low"], abs=5e-3)
    assert measured["calibration"] == kept["calibration"]
    assert len(measured["operating_points"]) == len(kept["operating_points"]) == 6
    assert len(project.test_looks()) == looks + 2


def test_what_an_onnx_file_cannot_do_is_said(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no.onnx").write_bytes(b"nothing")
    arguments = ["evaluate", str(tmp_path / "no.onnx"), str(trained[0])]
    assert main(arguments) == 1
    assert "no.onnx is truncated or damaged" in capsys.readouterr().err
    assert main([*arguments, "--recalibrate", str(tmp_path / "new.fpt")]) == 1
    assert "part of its graph" in capsys.readouterr().err
    assert main(["predict", str(tmp_path / "absent.onnx"), str(trained[1])]) == 1
    assert "absent.onnx" in capsys.readouterr().err
