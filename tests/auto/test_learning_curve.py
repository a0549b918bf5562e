"""What more patients would bring, from parts of those that there are."""

from __future__ import annotations

import numpy as np

from fpt_core.auto.folds import Folds, make_folds
from fpt_core.auto.learning_curve import learning_curve
from fpt_core.dataset.splits import Item
from fpt_core.evaluation.cross_fit import LearningCurve


def _curve(skill: float, patients: int = 60) -> LearningCurve | None:
    rng = np.random.default_rng(0)
    targets = np.arange(patients) % 2
    features = rng.normal(0, 1, (patients, 80)).astype(np.float32)
    features[:, :20] += skill * targets[:, None]
    folds = _folds(targets)
    people = [str(row) for row in range(patients)]
    return learning_curve(features, targets, people, folds, 2, 1e-2, seed=0)


def _folds(targets: np.ndarray) -> Folds:
    return make_folds([Item(str(r), str(t), str(r)) for r, t in enumerate(targets)], seed=0)


def test_it_rises_with_patients() -> None:
    found = _curve(0.5)
    assert found is not None
    patients = [point.patients for point in found.points]
    assert patients == sorted(patients)
    assert patients[-1] == 48, "four of five folds"
    assert found.points[-1].auc > found.points[0].auc
    assert found.gain is not None
    assert found.gain_interval is not None
    low, high = found.gain_interval
    assert 0 <= low <= found.gain <= high < 0.5
    assert "Twice the patients" in str(found)


def test_it_promises_nothing_where_there_is_nothing_to_learn() -> None:
    found = _curve(0.0)
    assert found is not None
    assert found.gain_interval is not None
    assert found.gain_interval[0] == 0


def test_it_needs_somebody_to_hold_out() -> None:
    targets = np.array([0, 1])
    assert learning_curve(np.eye(2), targets, ["a", "b"], _folds(targets), 2, 1.0, 0) is None


def test_it_survives_json() -> None:
    import dataclasses
    import json

    found = _curve(0.5)
    assert found is not None
    assert LearningCurve.parse(json.loads(json.dumps(dataclasses.asdict(found)))) == found
