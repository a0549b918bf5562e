"""Intervals of an AUC against simulation."""

from __future__ import annotations

import numpy as np
import pytest

from fpt_core.dataset.audit.auc_interval import half_width, patients_for, standard_error


def test_standard_error_is_that_of_exponential_scores() -> None:
    """The formula is exact where both classes' scores are exponential."""
    rng = np.random.default_rng(0)
    ill = rng.exponential(4, (4000, 20, 1))
    healthy = rng.exponential(1, (4000, 1, 30))
    measured = (ill > healthy).mean(axis=(1, 2))
    assert measured.mean() == pytest.approx(0.8, abs=0.005)
    assert standard_error(0.8, 20, 30) == pytest.approx(measured.std(), rel=0.04)


def test_standard_error_of_chance_is_that_of_the_rank_sum() -> None:
    assert standard_error(0.5, 12, 30) == pytest.approx(np.sqrt(43 / (12 * 12 * 30)), rel=1e-9)


def test_patients_for_is_the_least_that_suffices() -> None:
    needed = patients_for(0.05, 0.85, 10, 10)
    assert half_width(0.85, needed // 2, needed // 2) <= 0.05
    assert half_width(0.85, needed // 2 - 1, needed // 2 - 1) > 0.05
