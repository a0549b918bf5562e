"""Real exports of tiny models, answered by onnxruntime."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from fpt_core.errors import BundleError, FptError
from fpt_core.features.resizing import resized
from fpt_core.onnx import export as export_module
from fpt_core.onnx.export import TOLERANCE, export_onnx
from fpt_core.onnx.predictor import OnnxPredictor
from tests.onnx.models import make_predictor, picture

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, make_vit: Callable[..., Any]) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    export_onnx(make_predictor(make_vit), path)
    return path


@pytest.mark.parametrize(
    ("method", "shape"),
    [
        ("fpt", "no class token"),
        ("auto", "registers"),
        ("linear-probe", "plain"),
        ("attentive-probe", "plain"),
        ("lora", "registers"),
        ("full", "plain"),
    ],
)
def test_both_answer_alike(
    method: str, shape: str, make_vit: Callable[..., Any], tmp_path: Path
) -> None:
    predictor = make_predictor(make_vit, method, shape)
    written = export_onnx(predictor, tmp_path / "m.onnx", images=[picture(8), picture(9)])
    assert written.images == 2
    assert written.deviation < TOLERANCE / 10
    answer = OnnxPredictor(tmp_path / "m.onnx", "m.onnx").predict(picture(3))
    expected = predictor.predict(picture(3))
    assert answer.probabilities == pytest.approx(expected.probabilities, abs=1e-5)
    assert answer.uncalibrated == pytest.approx(expected.uncalibrated, abs=1e-5)
    assert answer.token_map == expected.token_map
    assert (answer.token_map is None) == (method not in ("auto", "fpt"))


def test_any_batch_at_once(exported: Path, make_vit: Callable[..., Any]) -> None:
    session = onnxruntime.InferenceSession(str(exported))
    sizes = [node.shape[1] for node in session.get_inputs()]
    predictor = make_predictor(make_vit)
    for count in (1, 5):
        pairs = [resized(picture(seed), tuple(sizes)) for seed in range(count)]
        image, side = (np.stack(each) for each in zip(*pairs, strict=True))
        probabilities, _, indices = session.run(None, {"image": image, "side_image": side})
        expected = [predictor.predict(picture(seed)).probabilities for seed in range(count)]
        assert np.abs(probabilities - expected).max() < TOLERANCE
        assert indices.shape[1] == count


def test_the_file_says_what_it_is(exported: Path) -> None:
    model = onnx.load(exported)
    onnx.checker.check_model(model)
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == 20
    properties = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(properties["classes"]) == ["a", "b", "c"]
    card = json.loads(properties["fpt_studio"])
    assert card["recipe"]["volume_axis"]
    assert card["intended_use"] == model.doc_string == "Research use only. Not a medical device."


def test_half_precision_deviates_little_and_says_how_much(
    make_vit: Callable[..., Any], tmp_path: Path
) -> None:
    written = export_onnx(make_predictor(make_vit), tmp_path / "half.onnx", half=True)
    assert 0 < written.deviation < 0.05
    weights = onnx.load(written.path).graph.initializer
    assert onnx.TensorProto.FLOAT16 in {tensor.data_type for tensor in weights}


def test_a_graph_that_differs_is_not_written(
    make_vit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "TOLERANCE", -1.0)
    with pytest.raises(BundleError, match="probabilities differ from the model's by up to"):
        export_onnx(make_predictor(make_vit, "linear-probe"), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_missing_packages_are_named(
    make_vit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "_NEEDED", ("onnx", "no_such_package"))
    with pytest.raises(FptError, match="needs no_such_package") as missing:
        export_onnx(make_predictor(make_vit), tmp_path / "m.onnx")
    assert "fpt-studio[onnx]" in missing.value.remedy


# --- reading -------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [0, 100, -1000])
def test_a_truncated_file_is_told(kept: int, exported: Path) -> None:
    with pytest.raises(BundleError, match=r"cut\.onnx is truncated or damaged"):
        OnnxPredictor(exported.read_bytes()[:kept], "cut.onnx")


def test_other_onnx_files_are_told(exported: Path, tmp_path: Path) -> None:
    model = onnx.load(exported)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(BundleError, match=r"other\.onnx is an ONNX file, but none of FPT Studio"):
        OnnxPredictor(tmp_path / "other.onnx", "other.onnx")
    with pytest.raises(BundleError, match="There is no model file"):
        OnnxPredictor(tmp_path / "none.onnx", "none.onnx")
