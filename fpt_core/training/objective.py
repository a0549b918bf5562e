"""What training makes small: cross-entropy, weighted where asked, aware of an order of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from fpt_core.config import TrainingConfig


@dataclass(frozen=True, slots=True)
class Objective:
    """The loss of each image; as it is built without arguments, plain cross-entropy.

    Classes with an order add the ranked probability score, which like cross-entropy is
    smallest for honest probabilities, and grows with the distance of a miss.

    Reference: Epstein, A Scoring System for Probability Forecasts of Ranked Categories,
    J. Appl. Meteorol., 1969.
    """

    class_weights: Tensor | None = None
    """``(classes,)``; their mean over the training images is 1."""
    class_order: Tensor | None = None
    """``(classes,)``: indices of the classes from least to most."""

    @classmethod
    def of(
        cls, training: TrainingConfig, class_names: Sequence[str], targets: Sequence[int]
    ) -> Objective:
        """The objective of a recipe.

        Args:
            training: The recipe.
            class_names: In the order of the model's answers.
            targets: Of the training images.
        """
        weights = order = None
        if training.imbalance == "class-weights":
            counts = torch.bincount(torch.tensor(targets), minlength=len(class_names))
            weights = len(targets) / (len(class_names) * counts)
        if training.class_order:
            order = torch.tensor([list(class_names).index(name) for name in training.class_order])
        return cls(weights, order)

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each image.

        Shape:
            logits ``(B, classes)``, targets ``(B,)`` -> ``(B,)``.
        """
        losses = F.cross_entropy(logits, targets, reduction="none")
        if self.class_order is not None:
            losses = losses + ranked_probability_score(
                logits, targets, self.class_order.to(logits.device)
            )
        if self.class_weights is not None:
            losses = losses * self.class_weights.to(logits.device)[targets]
        return losses


def ranked_probability_score(logits: Tensor, targets: Tensor, class_order: Tensor) -> Tensor:
    """Squared differences of cumulative probabilities along the order, from 0 to 1.

    Shape:
        logits ``(B, classes)``, targets ``(B,)``, class order ``(classes,)`` -> ``(B,)``.
    """
    steps = len(class_order) - 1
    ranks = class_order.argsort()[targets]
    reached = logits.softmax(1)[:, class_order].cumsum(1)[:, :steps]
    true = (ranks.unsqueeze(1) <= torch.arange(steps, device=logits.device)).float()
    return (reached - true).square().sum(1) / steps
