"""Shares of probe and side networks: near the usual ones unless many images say otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from fpt_core.auto.joining import SIDE, Join, join, usual_shares
from fpt_core.auto.summary_probe import log_loss


def _answers(number: int, skill: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = np.arange(number) % 2
    signs = np.stack([1 - 2 * targets, 2 * targets - 1], 1)
    return skill * signs + rng.normal(0, 1, (number, 1)) * np.array([-1, 1]), targets


def _joined(probe: np.ndarray, side: np.ndarray, targets: np.ndarray) -> Join:
    return join({"probe": probe, SIDE: side}, targets)


def test_the_better_one_counts_more_where_many_images_say_so() -> None:
    good, targets = _answers(2000, 1.0, 0)
    noise, _ = _answers(2000, 0.0, 1)
    assert _joined(good, noise, targets).shares[SIDE] == 0.1, "it always takes part"
    assert _joined(noise, good, targets).shares[SIDE] >= 0.9


def test_few_images_do_not_pull_far() -> None:
    good, targets = _answers(12, 0.5, 0)
    other, _ = _answers(12, 0.5, 1)
    found = _joined(good, other, targets).shares[SIDE]
    assert abs(found - usual_shares(("probe", SIDE))[SIDE]) <= 0.4


def test_two_that_err_apart_are_better_together() -> None:
    first, targets = _answers(400, 0.7, 0)
    second, _ = _answers(400, 0.7, 1)
    found = _joined(first, second, targets)
    alone = min(
        log_loss(found.scales["probe"] * first, targets),
        log_loss(found.scales[SIDE] * second, targets),
    )
    assert log_loss(found({"probe": first, SIDE: second}), targets) < alone


def test_scales_make_sure_answers_honest() -> None:
    answers, targets = _answers(400, 0.7, 0)
    once, tenfold = _joined(answers, answers, targets), _joined(10 * answers, answers, targets)
    assert tenfold.scales["probe"] == pytest.approx(once.scales["probe"] / 10, rel=0.05)


def test_shares_sum_to_one_over_any_components() -> None:
    answers, targets = _answers(60, 0.7, 0)
    found = join({"small": answers, "large": answers, SIDE: answers}, targets)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert sum(usual_shares(("small", "large", SIDE)).values()) == pytest.approx(1)
