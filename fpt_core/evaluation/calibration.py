"""What makes a model's probabilities honest: a record that a model file keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fpt_core.config import CalibrationMethod
from fpt_core.evaluation.sample import Floats

_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated probabilities are ``softmax(slope * logits + offsets)``.

    Temperature scaling has the inverse of its temperature as slope and no offsets. Platt
    scaling has offsets too; with more than two classes they shift each class.

    Reference: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; Platt,
    Advances in Large Margin Classifiers 1999.
    """

    method: CalibrationMethod
    slope: float
    offsets: tuple[float, ...]
    """One per class."""
    source: str
    """The data that it was fitted on, in words."""
    images: int
    patients: int

    def __str__(self) -> str:
        return f"{self.method} on {self.images} {self.source} of {self.patients} patients"

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Calibration:
        """From JSON-ready values."""
        return cls(**{**record, "offsets": tuple(record["offsets"])})

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated from uncalibrated probabilities, whose logarithms serve as logits.

        Shape:
            ``(n, classes)``.
        """
        scaled = self.slope * logits_of(probabilities) + np.array(self.offsets)
        likely = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        calibrated: Floats = likely / likely.sum(axis=1, keepdims=True)
        return calibrated


def logits_of(probabilities: Floats) -> Floats:
    """Logarithms of probabilities, which serve as logits; finite for a probability of 0, too."""
    logits: Floats = np.log(np.clip(probabilities, _LEAST, None))
    return logits
