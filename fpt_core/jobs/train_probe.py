"""One run of the linear probe: what one would try before prompt tuning."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.errors import DatasetError
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.features.store import FeatureStore
from fpt_core.jobs.familiar import familiarity
from fpt_core.jobs.mending import Mender
from fpt_core.jobs.prepare import prepare_store
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_result import RunRecorder
from fpt_core.memory_meter import MemoryMeter
from fpt_core.models.baselines.linear_probe import FittedProbe, fit_linear_probe
from fpt_core.models.methods import build_network

_READ_AT_ONCE = 256


def train_probe(
    project: Project, run_id: str, request: TrainRequest, recipe: PixelRecipe
) -> Generator[Event, None, None]:
    """Pooled features of the frozen backbone, and a logistic regression on them."""
    prepared = yield from prepare_store(project, request.prepare, recipe)
    training, backbone = request.training, prepared.backbone
    columns = backbone.pooled_columns(training.probe_features)
    device = next(backbone.parameters()).device
    probe = build_network(
        "linear-probe", None, backbone, len(project.class_names), training.probe_features
    )
    backbone.to("meta")
    recorder = RunRecorder(project, run_id, request, prepared, training, recipe, probe)
    yield recorder.started()
    with (
        FeatureStore(project.features_dir, prepared.reading.spec) as store,
        MemoryMeter(device) as meter,
    ):
        images = [image for image in project.examples() if image.image_hash in store]
        mender = Mender(project, request, recipe, store)
        pooled = yield from mender.mending(lambda: _pooled(store, images))
        known = yield from mender.mending(lambda: familiarity(store, images))
        features = {split: pooled[_of(split, images), columns] for split in SPLITS}
        started = time.monotonic()
        fitted = _fitted(project, features["train"], images, training)
        seconds = time.monotonic() - started
    if not fitted.losses:
        yield Warned(
            "There are too few patients of some class to choose the regularisation by "
            "cross-validation; a usual strength is taken."
        )
    probe.load_state_dict(fitted.probe.state_dict())
    with torch.inference_mode():
        answered = {
            split: probe(torch.from_numpy(rows)).numpy() for split, rows in features.items()
        }
    cost = recorder.cost(meter, store.seconds, seconds)
    result = recorder.finish(images, answered, cost, known)
    yield Finished(result | {"inverse_regularisation": fitted.inverse_strength})


def _pooled(
    store: FeatureStore[Any], images: Sequence[ImageRecord]
) -> Generator[Event, None, NDArray[np.float32]]:
    """All pooled features, ``(n, F)``."""
    rows = []
    for start in range(0, len(images), _READ_AT_ONCE):
        part = images[start : start + _READ_AT_ONCE]
        vectors: torch.Tensor = store.read([image.image_hash for image in part])
        rows.append(vectors.flatten(1).numpy().copy())
        yield Progress("Reading features", start + len(part), len(images))
    if not rows:
        raise DatasetError("No image can be read.", "Check that the data has not moved.")
    return np.concatenate(rows)


def _of(split: str, images: Sequence[ImageRecord]) -> NDArray[np.intp]:
    return np.flatnonzero([image.split == split for image in images])


def _fitted(
    project: Project,
    features: NDArray[np.float32],
    images: Sequence[ImageRecord],
    training: TrainingConfig,
) -> FittedProbe:
    """Fit to the training images among ``images``, whose features these are."""
    learnt = [image for image in images if image.split == "train"]
    if not learnt:
        raise DatasetError("No training image can be read.", "Check that the data has not moved.")
    names = project.class_names
    targets = np.array([names.index(image.class_name) for image in learnt], dtype=np.int64)
    weights = None
    if training.imbalance != "as-is":  # a fit without batches has no sampling to balance
        counts = Counter(targets.tolist())
        weights = {target: len(learnt) / (len(counts) * n) for target, n in counts.items()}
    patients = [image.patient or image.image_hash for image in learnt]
    return fit_linear_probe(features, targets, patients, len(names), weights)
