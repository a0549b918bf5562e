from __future__ import annotations

import numpy as np
import pytest

from fpt_core.errors import DatasetError
from fpt_core.evaluation.sample import Sample


def test_rows_without_numbers_are_left_out_and_counted() -> None:
    answers = np.array([[0.2, 0.8], [np.nan, 0.5], [np.inf, 0.5], [0.5, 0.5]])
    sample = Sample.of(["a", "b"], answers, [1, 0, 0, 0], ["p", "q", "r", "p"])
    assert sample.probabilities.tolist() == [[0.2, 0.8], [0.5, 0.5]]
    assert sample.left_out == 2
    assert sample.patients.tolist() == [0, 0]
    assert sample.num_patients == 1


def test_single_precision_is_made_to_sum_to_one() -> None:
    answers = np.random.default_rng(0).dirichlet(np.ones(3), 100).astype(np.float32)
    sample = Sample.of("abc", answers, [0] * 100, range(100))
    assert np.abs(sample.probabilities.sum(1) - 1).max() < 1e-15


def test_an_unseen_class_is_refused() -> None:
    with pytest.raises(DatasetError, match="must lie from 0 to 1, not 0 to 2"):
        Sample.of(["a", "b"], np.full((2, 2), 0.5), [0, 2], ["p", "q"])


def test_units_get_the_mean_of_their_rows() -> None:
    answers = np.array([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1], [0.5, 0.5]])
    sample = Sample.of(["a", "b"], answers, [1, 1, 0, 0], ["p", "p", "p", "q"])
    eyes = sample.by_unit([("p", "L"), ("p", "L"), ("p", "R"), ("q", "L")])
    assert np.allclose(eyes.probabilities, [[0.3, 0.7], [0.9, 0.1], [0.5, 0.5]])
    assert eyes.targets.tolist() == [1, 0, 0]
    assert eyes.patients.tolist() == [0, 0, 1], "eyes of one patient are resampled together"


def test_a_unit_of_several_classes_is_left_out() -> None:
    answers = np.array([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]])
    sample = Sample.of(["a", "b"], answers, [1, 0, 0], ["p", "p", "q"])
    patients = sample.by_unit(sample.patients)
    assert patients.targets.tolist() == [0]
    assert patients.patients.tolist() == [0]
    assert patients.left_out == 2


def test_nothing_is_a_sample_too() -> None:
    sample = Sample.of(["a", "b"], np.empty((0, 2)), [], [])
    assert (len(sample), sample.num_patients) == (0, 0)
    assert len(sample.by_unit([])) == 0
