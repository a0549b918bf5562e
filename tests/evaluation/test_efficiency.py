from __future__ import annotations

import pytest

from fpt_core.evaluation.efficiency import memory_efficiency, parameter_efficiency


@pytest.mark.parametrize(
    ("score", "share", "expected"), [(88.82, 1.0, 65.73), (86.40, 0.0181, 85.73), (0.5, 0.0, 0.5)]
)
def test_learning_all_costs_a_quarter(score: float, share: float, expected: float) -> None:
    assert parameter_efficiency(score, share) == pytest.approx(expected, abs=0.01)


def test_less_memory_is_better_and_none_is_free() -> None:
    values = [memory_efficiency(0.9, ratio) for ratio in (2.0, 1.0, 0.1, 0.0)]
    assert values == sorted(values)
    assert values[-1] == 0.9
    assert values[1] == pytest.approx(0.9 * 0.7401, abs=1e-4)
