"""Answers of imagined models, for tests."""

from __future__ import annotations

import numpy as np

from fpt_core.evaluation.sample import Sample


def draw(
    rows: int = 60, classes: int = 2, patients: int = 40, skill: float = 1.0, seed: int = 0
) -> Sample:
    """Answers with ties whose odds for the true class are ``skill`` higher on average."""
    rng = np.random.default_rng(seed)
    targets = rng.permutation(np.arange(rows) % classes)
    scores = rng.normal(size=(rows, classes)) + skill * np.eye(classes)[targets]
    shares = np.exp(np.round(scores, 1))
    owners = np.arange(rows) % patients
    names = [f"class {index}" for index in range(classes)]
    return Sample.of(names, shares / shares.sum(1, keepdims=True), targets, owners)


def counts(sample: Sample, resamples: int = 5, seed: int = 1) -> np.ndarray:
    """Whole weights as a bootstrap gives them, zeros among them."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, (resamples, len(sample))).astype(np.float64)
