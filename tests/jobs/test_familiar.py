"""A model tells images that do not look like its training images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fpt_core.benchmark.unlike import print_unlike, unlike
from fpt_core.config import TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.errors import BundleError
from fpt_core.events import Event, Finished, Predicted
from fpt_core.jobs.requests import (
    BackboneChoice,
    ImportRequest,
    PredictRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run
from tests.pictures import write_labelled_folders

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("familiar")
    source = write_labelled_folders(folder / "images", per_class=24)
    list(run(ImportRequest(folder / "study", source)))
    return folder / "study.fptproject"


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strangers")
    Image.new("RGB", (60, 60)).save(folder / "blank.png")
    stripes = np.tile(np.uint8([0, 255]).repeat(8), (64, 4))
    Image.fromarray(stripes).save(folder / "stripes.png")
    return folder


def _model(project: Path, method: str) -> Path:
    choice = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
    prepare = PrepareRequest(project, method, choice, image_size=64, device="cpu")
    last = list(run(TrainRequest(prepare, TrainingConfig(epochs=1, batch_size=4))))[-1]
    return Path(_result(last)["model"])


def _result(event: Event) -> dict[str, object]:
    assert isinstance(event, Finished)
    return dict(event.result)


def _answers(model: Path, *paths: Path) -> list[Predicted]:
    found = run(PredictRequest(model, paths, device="cpu"))
    return [event for event in found if isinstance(event, Predicted)]


@pytest.mark.parametrize("method", ["fpt+", "linear-probe", "attentive-probe"])
def test_training_images_are_their_own_nearest_and_strangers_are_told(
    method: str, project: Path, strangers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = _model(project, method)
    for image in Project.open(project).examples("train")[:3]:
        [answer] = _answers(model, image.path)
        assert answer.nearest[0] == image.image_hash
        assert not answer.is_unlike
    assert all(answer.is_unlike for answer in _answers(model, strangers))

    counted = _result(list(unlike(model, project, [strangers]))[-1])
    groups = json.loads(json.dumps(counted["groups"]))
    assert groups[str(strangers)] == {"images": 2, "flagged": 2}
    assert groups["own test images"]["flagged"] <= 0.2 * groups["own test images"]["images"]
    print_unlike(dict(counted))
    assert "2 of     2 flagged (100.0%)" in capsys.readouterr().out


def test_a_method_that_changes_the_backbone_does_not_tell(project: Path, strangers: Path) -> None:
    model = _model(project, "lora")
    assert all(answer.distance is None for answer in _answers(model, strangers))
    with pytest.raises(BundleError, match="no summary of its training images"):
        list(unlike(model, project, []))
