from __future__ import annotations

import pytest

from distillation.settings import DistillationConfig, matching_blocks


@pytest.mark.parametrize(
    ("depth", "teacher_depth", "blocks"),
    [(8, 12, (0, 2, 3, 5, 6, 8, 9, 11)), (2, 4, (0, 3)), (4, 4, (0, 1, 2, 3))],
)
def test_matching_blocks_are_evenly_spaced(
    depth: int, teacher_depth: int, blocks: tuple[int, ...]
) -> None:
    assert matching_blocks(depth, teacher_depth) == blocks


def test_the_rate_rises_stays_and_falls_to_nearly_nothing() -> None:
    config = DistillationConfig(steps=100, warmup_steps=10, decay_share=0.2, learning_rate=1.0)
    rates = [config.learning_rate_at(step) for step in range(100)]

    assert rates[:2] == [pytest.approx(0.1), pytest.approx(0.2)]
    assert set(rates[10:80]) == {1.0}
    assert rates[80:] == sorted(rates[80:], reverse=True)
    assert rates[-1] == pytest.approx(0.05)
