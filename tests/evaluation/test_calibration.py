from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from fpt_core.evaluation.calibration import Calibration


def test_it_is_a_softmax_of_scaled_and_shifted_logits() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), 20)
    found = Calibration("platt", 1.7, (0.0, 0.4, -0.9), "", 1, 1).apply(probabilities)
    expected = softmax(1.7 * np.log(probabilities) + [0.0, 0.4, -0.9], axis=1)
    assert found == pytest.approx(expected)


def test_certain_answers_stay_numbers() -> None:
    found = Calibration("temperature", 0.5, (0.0, 0.0), "", 1, 1)
    answers = found.apply(np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert np.isfinite(answers).all()
    assert answers.sum(1) == pytest.approx([1, 1])
