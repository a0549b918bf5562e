"""The benchmark of heatmaps, in its smallest form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fpt_core.benchmark.explain import ORDERS, SHARES, explain, print_explain
from fpt_core.config import TrainingConfig
from fpt_core.errors import BundleError
from fpt_core.events import Finished
from fpt_core.jobs.requests import BackboneChoice, ImportRequest, PrepareRequest, TrainRequest
from fpt_core.jobs.run import run
from tests.pictures import write_labelled_folders

pytestmark = pytest.mark.usefixtures("no_weights")


def _model(tmp_path: Path, method: str) -> Path:
    list(run(ImportRequest(tmp_path / "study", write_labelled_folders(tmp_path / "images"))))
    choice = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
    prepare = PrepareRequest(tmp_path / "study", method, choice, image_size=96, device="cpu")
    *_, last = run(TrainRequest(prepare, TrainingConfig(epochs=4, batch_size=4)))
    assert isinstance(last, Finished)
    return Path(last.result["model"])


def test_every_order_gives_a_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = _model(tmp_path, "fpt+")
    *_, last = explain(model, tmp_path / "study", most=3)
    assert isinstance(last, Finished)
    result = json.loads(json.dumps(dict(last.result)))
    assert result["images"] == 3
    whole = {curve[0] for curve in result["probability"].values()}
    assert len(whole) == 1, "nothing removed is the same in every order"
    assert {order: len(curve) for order, curve in result["probability"].items()} == dict.fromkeys(
        ORDERS, len(SHARES)
    )
    assert set(result["against"]) == set(ORDERS[1:])
    print_explain(result)
    assert "lower than random" in capsys.readouterr().out

    *_, last = explain(model, tmp_path / "study", most=1, from_image=True)
    assert isinstance(last, Finished)
    assert last.result["removed_from"] == "the image"
    painted = last.result["probability"]
    assert {curve[0] for curve in painted.values()} == {painted["random"][0]}
    assert len({curve[-1] for curve in painted.values()}) > 1


def test_a_probe_has_no_tokens(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="handed no tokens"):
        list(explain(_model(tmp_path, "linear-probe"), tmp_path / "study", most=3))
