from __future__ import annotations

import numpy as np
import pytest
import torch

from fpt_core.models.baselines.linear_probe import fit_linear_probe


def _blobs(classes: int, per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = np.repeat(np.arange(classes), per_class)
    features = rng.normal(size=(len(targets), 6)) + 4 * np.eye(6)[targets]
    return features.astype(np.float32), targets.astype(np.int64)


@pytest.mark.parametrize("classes", [2, 4])
def test_separates_what_can_be_separated(classes: int) -> None:
    probe = fit_linear_probe(*_blobs(classes, 20, 0), *_blobs(classes, 5, 1), classes)
    features, targets = _blobs(classes, 30, 2)
    with torch.inference_mode():
        predicted = probe(torch.from_numpy(features)).argmax(1).numpy()
    assert (predicted == targets).mean() > 0.9


def test_a_class_without_training_images_gets_no_probability() -> None:
    features, targets = _blobs(3, 10, 0)
    kept = targets != 1
    probe = fit_linear_probe(features[kept], targets[kept], features, targets, 3)
    with torch.inference_mode():
        probabilities = probe(torch.from_numpy(features)).softmax(1)
    assert probabilities[:, 1].max() == 0
    assert probabilities.isfinite().all()


def test_does_without_validation_images() -> None:
    features, targets = _blobs(2, 10, 0)
    probe = fit_linear_probe(features, targets, features[:0], targets[:0], 2)
    assert set(probe.state_dict()) == {"mean", "scale", "linear.weight", "linear.bias"}
