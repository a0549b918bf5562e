"""The probe in turned features is the one in features as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fpt_core.auto.cross_probe import cross_probe, summed
from fpt_core.auto.folds import make_folds
from fpt_core.auto.summary_probe import STRENGTHS, UNTRIED, answers_at, fitted, log_loss
from fpt_core.dataset.splits import Item
from fpt_core.models.baselines.linear_probe import fit_at


def _data(classes: int = 3, number: int = 60, width: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    targets = np.arange(number) % classes
    centres = rng.normal(0, 1, (classes, width))
    features = 5 * rng.normal(0, 1, (number, width)) + centres[targets] + 3
    return features.astype(np.float32), targets.astype(np.int64)


@pytest.mark.parametrize("classes", [2, 3, 20])
@pytest.mark.parametrize("width", [200, 30])
def test_it_is_the_probe_of_features_as_they_are(classes: int, width: int) -> None:
    features, targets = _data(classes, width=width)
    expected = fit_at(1e-2, features, targets, classes)
    found = fitted(1e-2, features, targets, classes)
    rows = torch.from_numpy(features)
    with torch.inference_mode():
        gap = expected(rows).softmax(1) - found(rows).softmax(1)
    assert gap.abs().max() < 5e-3
    asked = answers_at(features, targets, features, classes, strengths=(1e-2,))[1e-2]
    with torch.inference_mode():
        gap = found(rows).log_softmax(1) - torch.from_numpy(asked).log_softmax(1)
    assert gap.abs().max() < 1e-3


def test_a_class_that_was_not_learned_is_never_likely() -> None:
    features, targets = _data(3)
    known = targets < 2
    logits = answers_at(features[known], targets[known], features, 3)[STRENGTHS[0]]
    assert (logits.argmax(1) < 2).all()
    assert np.isfinite(logits).all()


def _folds(targets: np.ndarray, patients: int) -> object:
    items = [
        Item(str(row), str(target), f"{target}-{row % patients}")
        for row, target in enumerate(targets)
    ]
    return make_folds(items, seed=0)


def test_strength_and_answers_come_out_of_fold() -> None:
    features, targets = _data(2, number=80)
    folds = _folds(targets, 80)
    found = cross_probe(features, slice(None), targets, folds, 2)
    assert set(found.losses) == set(STRENGTHS)
    assert found.strength == min(found.losses, key=found.losses.__getitem__)
    assert log_loss(found.logits, targets) == pytest.approx(found.losses[found.strength])
    held = folds.fold == 0
    alone = answers_at(features[~held], targets[~held], features[held], 2)[found.strength]
    assert found.logits[held] == pytest.approx(alone)


def test_several_sum_to_one_probe() -> None:
    features, targets = _data(2, number=80)
    folds = _folds(targets, 80)
    parts = {"all": slice(0, 200), "few": slice(100, 200)}
    probes = {name: cross_probe(features, part, targets, folds, 2) for name, part in parts.items()}
    weights = {"all": 0.3, "few": 0.7}
    joint, rows = summed(probes, weights, 200), torch.from_numpy(features)
    with torch.inference_mode():
        expected = sum(
            weights[name] * probes[name].probe(rows[:, part]) for name, part in parts.items()
        )
        assert torch.allclose(joint(rows), expected, atol=1e-5)


def test_with_nothing_held_out_a_usual_strength_is_taken() -> None:
    features, targets = _data(2, number=8)
    found = cross_probe(features, slice(None), targets, _folds(targets, 1), 2)
    assert (found.strength, found.losses) == (UNTRIED, {})
