"""Curves beside scikit-learn's, and their bands."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from fpt_core.evaluation.bootstrap import BootstrapConfig
from fpt_core.evaluation.curves import precision_recall, roc
from fpt_core.evaluation.sample import Sample

QUICK = BootstrapConfig(resamples=200)


def _sample(patients: int = 40, decimals: int = 1) -> Sample:
    """Two images a patient, with ties."""
    rng = np.random.default_rng(5)
    targets = np.repeat(rng.integers(0, 2, patients), 2)
    scores = np.clip(0.3 + 0.3 * targets + rng.normal(0, 0.2, 2 * patients), 0.01, 0.99)
    scores = scores.round(decimals).clip(0.05, 0.95)
    return Sample.of(
        ["no", "yes"],
        np.stack([1 - scores, scores], 1),
        targets,
        np.repeat(np.arange(patients), 2),
    )


@pytest.mark.parametrize("decimals", [1, 6])
def test_a_roc_curve_is_scikit_learns(decimals: int) -> None:
    sample = _sample(decimals=decimals)
    curve = roc(sample, 1, QUICK)
    scores = sample.probabilities[:, 1]
    x, y, thresholds = roc_curve(sample.positive(1), scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.x, x)
    np.testing.assert_allclose(curve.y, y)
    np.testing.assert_allclose(curve.thresholds[1:], thresholds[1:])
    assert curve.thresholds[0] == 1.0, "nothing is called"


@pytest.mark.parametrize("decimals", [1, 6])
def test_a_precision_recall_curve_is_scikit_learns(decimals: int) -> None:
    sample = _sample(decimals=decimals)
    curve = precision_recall(sample, 1, QUICK)
    scores = sample.probabilities[:, 1]
    precision, recall, thresholds = precision_recall_curve(sample.positive(1), scores)
    np.testing.assert_allclose(curve.x[::-1], recall[:-1])
    np.testing.assert_allclose(curve.y[::-1], precision[:-1])
    np.testing.assert_allclose(curve.thresholds[::-1], thresholds)


@pytest.mark.parametrize("make", [roc, precision_recall])
def test_a_band_holds_the_curve_and_narrows_with_more_patients(make: object) -> None:
    assert callable(make)
    few, many = (make(_sample(patients), 1, QUICK) for patients in (30, 600))
    for curve in (few, many):
        middle = slice(10, 40)
        height = np.interp(curve.band.x[middle], curve.x, curve.y)
        assert (np.array(curve.band.low[middle]) <= height + 0.05).all()
        assert (np.array(curve.band.high[middle]) >= height - 0.05).all()
    widths = [np.subtract(curve.band.high, curve.band.low).mean() for curve in (few, many)]
    assert widths[1] < widths[0] / 2
    json.dumps(dataclasses.asdict(few), allow_nan=False)


def test_the_band_of_a_roc_curve_is_the_percentiles_of_scikit_learns_curves() -> None:
    sample = _sample(decimals=6)
    curve = roc(sample, 1, BootstrapConfig(resamples=400, seed=1))
    rng, heights = np.random.default_rng(9), []
    scores, positive = sample.probabilities[:, 1], sample.positive(1)
    for _ in range(400):
        drawn = rng.integers(0, sample.num_patients, sample.num_patients)
        rows = np.concatenate([np.flatnonzero(sample.patients == patient) for patient in drawn])
        x, y, _ = roc_curve(positive[rows], scores[rows], drop_intermediate=False)
        heights.append(np.interp(0.2 + 1e-12, x, y))
    assert curve.band is not None
    place = curve.band.x.index(pytest.approx(0.2))
    low, high = np.quantile(heights, [0.025, 0.975])
    assert curve.band.low[place] == pytest.approx(low, abs=0.06)
    assert curve.band.high[place] == pytest.approx(high, abs=0.06)


def test_too_few_patients_get_a_curve_without_a_band() -> None:
    curve = roc(_sample(12), 1, QUICK)
    assert curve.band is None
    assert curve.note.startswith("Too few for an interval:")
    assert curve.x[-1] == curve.y[-1] == 1.0


def test_one_class_alone_has_no_curve() -> None:
    whole = _sample()
    sample = whole.only(whole.positive(1))
    curve = roc(sample, 1, QUICK)
    assert curve.x == ()
    assert curve.note == "No curve: there are none of another class."
    assert precision_recall(sample, 0, QUICK).note == "No curve: there are none of the class."
