"""Probes whose strengths are chosen, and whose answers are given, out of fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from fpt_core.auto.folds import Folds
from fpt_core.auto.summary_probe import (
    STRENGTHS,
    UNTRIED,
    Logits,
    answers_at,
    fitted,
    log_loss,
)
from fpt_core.models.baselines.linear_probe import Features, LinearProbe, Targets


@dataclass(frozen=True, slots=True)
class CrossProbe:
    """A probe of all images, and what those of the other folds answered to each fold.

    Shape:
        logits ``(n, classes)``; rows that nobody held out are 0.
    """

    columns: slice
    """Of the features, that it reads."""
    probe: LinearProbe
    strength: float
    """Inverse strength of regularisation."""
    losses: Mapping[float, float]
    """Out of fold, by inverse strength; empty where none was tried."""
    logits: Logits


def cross_probe(
    features: Features,
    columns: slice,
    targets: Targets,
    folds: Folds,
    classes: int,
    weights: Mapping[int, float] | None = None,
) -> CrossProbe:
    """Fit without each fold at every strength, and with all images at the best.

    Args:
        features: ``(n, F)``.
        columns: Which of them the probe reads.
        targets: ``(n,)``.
        folds: Over the images.
        classes: How many.
        weights: By class, what an error costs; ``None``: the same.
    """
    features = features[:, columns]
    answers = {strength: np.zeros((len(targets), classes)) for strength in STRENGTHS}
    for fold in folds.held:
        learnt, asked = folds.fold != fold, folds.fold == fold
        found = answers_at(features[learnt], targets[learnt], features[asked], classes, weights)
        for strength, logits in found.items():
            answers[strength][asked] = logits
    judged = folds.judged
    losses = {
        strength: log_loss(logits[judged], targets[judged])
        for strength, logits in answers.items()
        if judged.any()
    }
    best = min(losses, key=losses.__getitem__, default=UNTRIED)
    probe = fitted(best, features, targets, classes, weights)
    return CrossProbe(columns, probe, best, losses, answers[best])


def summed(
    probes: Mapping[str, CrossProbe], weights: Mapping[str, float], width: int
) -> LinearProbe:
    """One probe of all features whose logits are the weighted sum of those of several."""
    classes = next(iter(probes.values())).probe.linear.out_features
    joint = LinearProbe(width, classes)
    with torch.no_grad():
        joint.linear.weight.zero_()
        joint.linear.bias.zero_()
        for name, found in probes.items():
            # All were fitted to the same images, whose features have one mean and scale.
            joint.mean[found.columns] = found.probe.mean
            joint.scale[found.columns] = found.probe.scale
            joint.linear.weight[:, found.columns] += weights[name] * found.probe.linear.weight
            joint.linear.bias.add_(weights[name] * found.probe.linear.bias)
    return joint
