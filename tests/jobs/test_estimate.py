"""What a run would take, before it starts: on a real project, in a real process."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.errors import ConfigError, DatasetError, WeightsError
from fpt_core.events import Estimated, Finished, Progress
from fpt_core.jobs import costing, measurements
from fpt_core.jobs.estimates import Estimate, NotMeasuredError
from fpt_core.jobs.miniature import Miniature, measured
from fpt_core.jobs.requests import BackboneChoice, EstimateRequest, ImportRequest, PrepareRequest
from fpt_core.jobs.run import run
from tests.pictures import write_image, write_labelled_folders

ARCHITECTURE = "vit_tiny_patch16_224"

pytestmark = pytest.mark.usefixtures("no_weights")


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where measurements are kept meanwhile."""
    path = tmp_path / "cache" / "measurements.json"
    monkeypatch.setattr(measurements, "measurements_file", lambda: path)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    source = write_labelled_folders(tmp_path / "images", per_class=10)
    list(run(ImportRequest(tmp_path / "study", source / "labels.csv")))
    return Project.open(tmp_path / "study.fptproject")


def _prepare(project: Path, image_size: int = 64) -> PrepareRequest:
    choice = BackboneChoice(ARCHITECTURE, allow_random=True)
    return PrepareRequest(project, "fpt+", choice, image_size=image_size, device="cpu")


def _estimate(request: EstimateRequest) -> Estimate:
    *before, last = run(request)
    for event in before:  # what was chosen is known first
        assert isinstance(event, Progress | Estimated)
    assert isinstance(last, Finished)
    return Estimate.from_dict(json.loads(json.dumps(dict(last.result), allow_nan=False)))


def test_an_estimate_and_what_it_takes_then(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = EstimateRequest(
        _prepare(project.path), TrainingConfig(epochs=3, batch_size=4), beside=()
    )
    found = _estimate(request)
    assert (found.images, found.to_prepare, found.batch_size) == (20, 20, 4)
    assert (found.backbone, found.image_size, found.device) == (ARCHITECTURE, 64, "cpu")
    assert found.chosen.fits
    assert (found.problems, found.nearest, found.kept) == ((), None, False)
    for figure in (found.chosen.memory_bytes, found.chosen.prepare_s, found.chosen.train_s):
        assert 0 < figure.low < figure.value < figure.high
    # It was answered, and neither runs nor records of it are in the project.
    assert project.runs() == []
    assert list(project.features_dir.iterdir()) == []

    whole = found.chosen.disk_bytes.value
    with monkeypatch.context() as small:
        usage = shutil._ntuple_diskusage(10**12, 10**12, int(0.6 * whole))
        small.setattr(costing.shutil, "disk_usage", lambda _: usage)
        full = _estimate(request)
    assert not full.chosen.fits
    assert full.problems[0].startswith("The prepared images take")
    assert full.nearest is not None
    assert (full.nearest.dtype, full.nearest.text) == ("int8", "prepared images kept in 8 bits")

    with monkeypatch.context() as small:
        little = int(0.99 * found.chosen.memory_bytes.value)
        small.setattr(costing, "_free_memory", lambda *_: little)
        tight = _estimate(request)
    assert not tight.chosen.fits
    assert "of the computer are free" in tight.problems[0]

    *_, prepared = run(request.prepare)
    assert isinstance(prepared, Finished)
    assert prepared.result["store_bytes"] == found.chosen.disk_bytes.value

    longer = dataclasses.replace(request, training=TrainingConfig(epochs=6, batch_size=4))
    again = _estimate(longer)
    assert again.kept
    assert again.measured == found.measured
    assert again.to_prepare == 0
    assert again.chosen.prepare_s.value < found.chosen.prepare_s.value
    assert again.chosen.train_s.value > found.chosen.train_s.value

    # While a job has the machine, what was measured is told and nothing else is.
    meanwhile = dataclasses.replace(longer, beside=("full",), measures=False)
    told = _estimate(meanwhile)
    assert (told.chosen.method, told.beside) == ("fpt+", ())
    larger = dataclasses.replace(request.prepare, image_size=96)
    with pytest.raises(NotMeasuredError, match="Not measured on this machine yet"):
        _estimate(dataclasses.replace(meanwhile, prepare=larger))

    # Another recipe makes other records, so the measurement is of no use any more.
    project.set_recipe(PixelRecipe(fundus_crop=True))
    with pytest.raises(NotMeasuredError):
        _estimate(meanwhile)


def test_settings_that_cannot_be_used_are_refused_before_the_start(project: Project) -> None:
    with pytest.raises(ConfigError, match=r"must be a multiple of .* patch size 16, not 70"):
        list(run(EstimateRequest(_prepare(project.path, image_size=70))))


def test_missing_weights_and_images_are_told(project: Project, tmp_path: Path) -> None:
    absent = dataclasses.replace(_prepare(project.path), backbone=BackboneChoice("vit_base"))
    with pytest.raises(WeightsError, match="No pretrained weights for vit_base"):
        list(run(EstimateRequest(absent)))
    empty = Project.create(tmp_path / "empty").path
    with pytest.raises(DatasetError, match="holds no training images"):
        list(run(EstimateRequest(_prepare(empty))))


def test_the_miniature_does_what_the_job_does(project: Project, tmp_path: Path) -> None:
    # The largest image is among the few, for its memory.
    write_image(tmp_path / "images" / "dark" / "large.png", 999, 20, size=400)
    list(run(ImportRequest(project.path, tmp_path / "images")))
    few = measurements.sample(project.examples(), 3)
    assert len({image.image_hash for image in few}) == 3
    assert few[-1].width == 400
    found = measured(Miniature(_prepare(project.path), 4, few, project.recipe()))
    assert found.patch_size == 16
    assert min(found.load_s, found.prepare_image_s, found.step_image_s, found.epoch_s) > 0
    assert found.learning_bytes >= found.weights_bytes > 0
    assert found.record_bytes % 64 == 0


def test_a_file_of_measurements_that_was_edited_is_passed_over(kept: Path) -> None:
    assert measurements.kept_measurement("a") is None
    for text in ("", "[]", '{"a": {"measured": {"odd": 1}, "when": ""}}', '{"a": 1}'):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
        assert measurements.kept_measurement("a") is None
