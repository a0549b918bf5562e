"""One run of the linear probe: what one would try before prompt tuning."""

from __future__ import annotations

import itertools
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
from fpt_core.models.baselines.linear_probe import FittedProbe, fit_at, fit_linear_probe
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
        apart = _out_of_fold(project, pooled[:, columns], images, training, fitted)
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
    result = recorder.finish(images, answered, cost, known, apart)
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
    targets = _targets(project, learnt)
    patients = [image.patient or image.image_hash for image in learnt]
    weights = _weights(targets, training)
    return fit_linear_probe(features, targets, patients, len(project.class_names), weights)


def _out_of_fold(
    project: Project,
    features: NDArray[np.float32],
    images: Sequence[ImageRecord],
    training: TrainingConfig,
    fitted: FittedProbe,
) -> list[tuple[ImageRecord, NDArray[np.float32]]]:
    """Every image of a fold with the logits of a probe that was fitted to the other folds."""
    folds = np.array([-1 if image.fold is None else image.fold for image in images])
    targets = _targets(project, images)
    answered: list[tuple[ImageRecord, NDArray[np.float32]]] = []
    for fold in range(folds.max(initial=-1) + 1):
        inside, others = folds == fold, (folds >= 0) & (folds != fold)
        if set(targets[others]) != set(targets[folds >= 0]):
            return []  # a class within one fold: no probe without it knows it
        probe = fit_at(
            fitted.inverse_strength,
            features[others],
            targets[others],
            len(project.class_names),
            _weights(targets[others], training),
        )
        with torch.inference_mode():
            logits = probe(torch.from_numpy(features[inside])).numpy()
        answered += zip(itertools.compress(images, inside), logits, strict=True)
    return answered


def _targets(project: Project, images: Sequence[ImageRecord]) -> NDArray[np.int64]:
    names = project.class_names
    return np.array([names.index(image.class_name) for image in images], dtype=np.int64)


def _weights(targets: NDArray[np.int64], training: TrainingConfig) -> dict[int, float] | None:
    if training.imbalance == "as-is":
        return None
    # A fit without batches has no sampling to balance.
    counts = Counter(targets.tolist())
    return {target: len(targets) / (len(counts) * n) for target, n in counts.items()}
