from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from fpt_core.evaluation.bootstrap import (
    BootstrapConfig,
    bca,
    exact,
    jackknifed,
    resampled,
    two_sided,
)
from tests.evaluation.samples import draw


def test_patients_are_drawn_whole() -> None:
    sample = draw(rows=30, patients=12)
    weights = np.concatenate(list(resampled(sample, BootstrapConfig(resamples=50))))
    assert weights.shape == (50, 30)
    per_patient = weights[:, [int(np.argmax(sample.patients == p)) for p in range(12)]]
    assert (weights == per_patient[:, sample.patients]).all()
    assert (per_patient.sum(1) == 12).all()


def test_the_seed_decides() -> None:
    sample = draw()
    first, second, other = (
        np.concatenate(list(resampled(sample, BootstrapConfig(20, seed=seed))))
        for seed in (0, 0, 1)
    )
    assert (first == second).all()
    assert (first != other).any()


def test_the_jackknife_leaves_each_patient_out_once() -> None:
    sample = draw(rows=30, patients=12)
    weights = np.concatenate(list(jackknifed(sample)))
    assert weights.shape == (12, 30)
    for patient, row in enumerate(weights):
        assert (row == (sample.patients != patient)).all()


def test_many_patients_are_left_out_in_groups() -> None:
    sample = draw(rows=1000, patients=1000)
    weights = np.concatenate(list(jackknifed(sample)))
    assert weights.shape == (400, 1000)
    assert ((weights == 0).sum(0) == 1).all()


def test_bca_equals_scipys() -> None:
    values = np.random.default_rng(0).lognormal(size=40)
    rng = np.random.default_rng(1)
    reference = bootstrap((values,), np.mean, n_resamples=20_000, method="BCa", rng=rng)
    jackknife = np.array([np.delete(values, i).mean() for i in range(len(values))])
    low, high = bca(values.mean(), reference.bootstrap_distribution, jackknife, 0.95)
    assert low == pytest.approx(reference.confidence_interval.low, rel=1e-3)
    assert high == pytest.approx(reference.confidence_interval.high, rel=1e-3)


def test_ten_right_of_ten_is_not_certainty() -> None:
    # The textbook's exact interval of 10 successes in 10: from 69 % on.
    assert exact(1.0, 10, 0.95).low == pytest.approx(0.6915, abs=1e-4)
    assert exact(1.0, 10, 0.95).high == 1.0
    assert exact(0.0, 10, 0.95).high == pytest.approx(0.3085, abs=1e-4)


def test_p_of_no_difference() -> None:
    assert two_sided(np.zeros(99)) == 1.0
    assert two_sided(np.r_[np.full(98, 1.0), -1.0]) == pytest.approx(0.04)
    assert two_sided(np.full(1999, 1.0)) == pytest.approx(0.001)
    assert two_sided(np.full(3, np.nan)) is None
