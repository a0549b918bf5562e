from __future__ import annotations

import math

import pytest

from fpt_core.evaluation.efficiency import efficiency


def test_what_took_nothing_keeps_its_score() -> None:
    assert efficiency(0.9, 0.0) == 0.9


def test_full_fine_tuning_loses_by_the_logarithm_of_two() -> None:
    assert efficiency(0.9, 1.0) == pytest.approx(0.9 * math.exp(-math.log10(2)))


def test_less_is_worth_more() -> None:
    assert efficiency(0.9, 0.01) > efficiency(0.9, 0.02)
