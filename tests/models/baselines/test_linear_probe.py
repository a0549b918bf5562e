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
    fitted = fit_linear_probe(*_blobs(classes, 20, 0), range(20 * classes), classes)
    assert fitted.inverse_strength == min(fitted.losses, key=fitted.losses.__getitem__)
    features, targets = _blobs(classes, 30, 2)
    with torch.inference_mode():
        predicted = fitted.probe(torch.from_numpy(features)).argmax(1).numpy()
    assert (predicted == targets).mean() > 0.9


def test_a_class_without_training_images_gets_no_probability() -> None:
    features, targets = _blobs(3, 10, 0)
    kept = targets != 1
    probe = fit_linear_probe(features[kept], targets[kept], range(kept.sum()), 3).probe
    with torch.inference_mode():
        probabilities = probe(torch.from_numpy(features)).softmax(1)
    assert probabilities[:, 1].max() == 0
    assert probabilities.isfinite().all()


def test_a_patient_is_never_on_both_sides() -> None:
    """Features that name the patient help where he is on both sides, and nowhere else."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(12), 8)
    targets = (patients % 2).astype(np.int64)
    names = np.eye(12)[patients] * 5
    features = (names + rng.normal(size=names.shape)).astype(np.float32)
    by_patient = fit_linear_probe(features, targets, patients.tolist(), 2)
    by_image = fit_linear_probe(features, targets, range(len(targets)), 2)
    assert by_patient.inverse_strength < by_image.inverse_strength
    assert min(by_patient.losses.values()) > min(by_image.losses.values())


def test_one_patient_of_a_class_leaves_nothing_to_choose_by() -> None:
    features, targets = _blobs(2, 10, 0)
    groups = ["one" if target else str(index) for index, target in enumerate(targets)]
    fitted = fit_linear_probe(features, targets, groups, 2)
    assert not fitted.losses
    assert set(fitted.probe.state_dict()) == {"mean", "scale", "linear.weight", "linear.bias"}


def test_weights_move_the_boundary_to_the_rare_class() -> None:
    rng = np.random.default_rng(0)
    targets = np.array([0] * 90 + [1] * 10)
    features = (rng.normal(size=(100, 4)) + targets[:, None]).astype(np.float32)
    shares = []
    for weights in (None, {0: 0.55, 1: 5.0}):
        probe = fit_linear_probe(features, targets, range(100), 2, weights).probe
        with torch.inference_mode():
            shares.append(float(probe(torch.from_numpy(features)).argmax(1).float().mean()))
    assert shares[1] > shares[0]
