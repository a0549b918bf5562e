from __future__ import annotations

import dataclasses

import numpy as np

from fpt_core.evaluation.reliability import reliability
from tests.evaluation.samples import draw


def test_a_reliability_diagram_holds_every_image_once() -> None:
    sample = draw(rows=50)
    bins = reliability(sample.probabilities[:, 1], sample.positive(1))
    assert sum(point.images for point in bins) == 50
    for point in bins:
        if point.predicted is not None:
            assert point.low <= point.predicted <= point.high
            assert point.observed_low is not None
            assert point.observed_high is not None
            assert point.observed is not None
            assert point.observed_low <= point.observed <= point.observed_high
    empty = reliability(np.array([0.05]), np.array([True]))[5]
    assert dataclasses.astuple(empty) == (0.5, 0.6, 0, None, None, None, None)
