from __future__ import annotations

import itertools

import pytest
import torch
from torch.nn import functional as F

from fpt_core.config import TrainingConfig
from fpt_core.errors import ConfigError
from fpt_core.training.objective import Objective, ranked_probability_score

CLASSES = ("moderate", "none", "severe")
ORDERED = TrainingConfig(class_order=("none", "moderate", "severe"))


def test_is_cross_entropy_as_published() -> None:
    logits, targets = torch.randn(5, 3), torch.tensor([0, 1, 2, 2, 1])
    expected = F.cross_entropy(logits, targets, reduction="none")
    for objective in (Objective(), Objective.of(TrainingConfig(), CLASSES, [0, 1, 2])):
        torch.testing.assert_close(objective(logits, targets), expected)


def test_weights_make_classes_count_the_same_and_images_one_on_average() -> None:
    targets = [0] * 8 + [1] * 3 + [2]
    weighted = Objective.of(TrainingConfig(imbalance="class-weights"), CLASSES, targets)
    losses = weighted(torch.zeros(12, 3), torch.tensor(targets)) / torch.tensor(3.0).log()
    assert losses.mean() == pytest.approx(1)
    by_class = [losses[:8].sum(), losses[8:11].sum(), losses[11:].sum()]
    assert by_class == pytest.approx([4, 4, 4])


def test_far_misses_cost_more_than_near_ones() -> None:
    ordered = Objective.of(ORDERED, CLASSES, [0])
    sure = 8 * torch.eye(3)  # of moderate, none, severe
    none = torch.tensor([1, 1, 1])
    near, right, far = ordered(sure, none).tolist()
    assert right < near < far
    plain_near, _, plain_far = Objective()(sure, none).tolist()
    assert plain_near == pytest.approx(plain_far)


def test_the_ranked_score_is_least_for_honest_probabilities() -> None:
    true = torch.tensor([0.5, 0.2, 0.3])
    order = torch.tensor([1, 0, 2])

    def expected_score(told: torch.Tensor) -> float:
        logits = told.log().expand(3, 3)
        return float(true @ ranked_probability_score(logits, torch.arange(3), order))

    honest = expected_score(true)
    steps = torch.linspace(0.05, 0.9, 12)
    for a, b in itertools.product(steps, steps):
        if a + b < 0.99:
            assert expected_score(torch.stack([a, b, 1 - a - b])) >= honest - 1e-6


@pytest.mark.parametrize("order", [("a", "a"), ("a",)])
def test_an_order_that_is_none_is_refused(order: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="class_order must be each class once"):
        TrainingConfig(class_order=order)
