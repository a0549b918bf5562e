from __future__ import annotations

import numpy as np

from fpt_core.evaluation.disagreement import doubts
from fpt_core.evaluation.sample import Sample


def _sample(shares: list[float], targets: list[int]) -> Sample:
    """Two classes, by the probability of the second."""
    rows = np.array([[1 - share, share] for share in shares])
    return Sample.of(("a", "b"), rows, targets, range(len(targets)))


def test_a_planted_flip_is_found_first_and_a_clean_set_is_quiet() -> None:
    rng = np.random.default_rng(0)
    targets = [number % 2 for number in range(200)]
    shares = [float(np.clip(0.1 + 0.8 * t + rng.normal(0, 0.06), 0.01, 0.99)) for t in targets]
    assert doubts(_sample(shares, targets)) == []
    for flipped in (17, 90, 141):
        targets[flipped] = 1 - targets[flipped]
    found = doubts(_sample(shares, targets))
    assert {doubt.row for doubt in found} == {17, 90, 141}
    assert [doubt.margin for doubt in found] == sorted(doubt.margin for doubt in found)
    assert found[0].suggested == 1 - targets[found[0].row]


def test_a_class_that_is_given_half_heartedly_is_measured_by_its_own_mean() -> None:
    # Rows of b reach 0.4 on average, so that 0.45 is a confident answer b; a's stand near 0.9.
    shares = [0.1] * 8 + [0.45] + [0.38, 0.42, 0.4, 0.4]
    targets = [0] * 9 + [1] * 4
    assert doubts(_sample(shares, targets)) == []  # a is the more probable all the same
    shares[8] = 0.55
    assert [doubt.row for doubt in doubts(_sample(shares, targets))] == [8]


def test_a_class_without_rows_is_suggested_for_none() -> None:
    assert doubts(_sample([0.9, 0.8, 0.2], [0, 0, 0])) == []
