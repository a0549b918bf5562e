"""Against scikit-learn, weighting by weighting."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    precision_score,
    recall_score,
)

from fpt_core.evaluation.decisions import (
    agreement,
    confusion,
    kappa,
    one_class,
    predictive_values,
    quadratic_disagreement,
)
from tests.evaluation.samples import counts, draw


def test_confusion_and_agreement_equal_scikit_learns() -> None:
    sample = draw(classes=4)
    weights = counts(sample)
    matrices = confusion(sample, weights)
    found = agreement(matrices)
    quadratic = kappa(matrices, quadratic_disagreement(np.arange(4.0)))
    for row, matrix in enumerate(matrices):
        given = {"sample_weight": weights[row]}
        truth, predicted = sample.targets, sample.predicted
        assert np.allclose(matrix, confusion_matrix(truth, predicted, **given))
        assert found["accuracy"][row] == pytest.approx(accuracy_score(truth, predicted, **given))
        assert found["balanced_accuracy"][row] == pytest.approx(
            balanced_accuracy_score(truth, predicted, **given)
        )
        assert found["kappa"][row] == pytest.approx(cohen_kappa_score(truth, predicted, **given))
        assert quadratic[row] == pytest.approx(
            cohen_kappa_score(truth, predicted, weights="quadratic", **given)
        )


def test_one_class_equals_scikit_learns() -> None:
    sample = draw()
    weights = counts(sample)
    positive, flagged = sample.positive(1), sample.probabilities[:, 1] >= 0.3
    found = one_class(positive, flagged, weights, None)
    for row in range(len(weights)):
        given = {"sample_weight": weights[row]}
        expected = {
            "sensitivity": recall_score(positive, flagged, **given),
            "specificity": recall_score(~positive, ~flagged, **given),
            "ppv": precision_score(positive, flagged, **given),
            "npv": precision_score(~positive, ~flagged, **given),
            "f1": f1_score(positive, flagged, **given),
        }
        assert {name: values[row] for name, values in found.items()} == pytest.approx(expected)


def test_predictive_values_at_the_datas_own_prevalence_are_the_plain_ones() -> None:
    sample = draw()
    ones = np.ones((1, len(sample)))
    positive, flagged = sample.positive(1), sample.probabilities[:, 1] >= 0.3
    found = one_class(positive, flagged, ones, float(positive.mean()))
    assert found["ppv_at_prevalence"] == pytest.approx(found["ppv"])
    assert found["npv_at_prevalence"] == pytest.approx(found["npv"])


def test_a_rare_disease_makes_most_alarms_false() -> None:
    # Sensitivity and specificity of 90 % at a prevalence of 1 %: the textbook 8.3 %.
    found = predictive_values(np.array([0.9]), np.array([0.9]), 0.01)
    assert found["ppv_at_prevalence"][0] == pytest.approx(0.09 / 1.08)
    assert found["npv_at_prevalence"][0] == pytest.approx(0.99 * 0.9 / (0.99 * 0.9 + 0.001))


def test_what_cannot_be_divided_is_no_number() -> None:
    positive, flagged = np.array([True, True]), np.array([False, False])
    found = one_class(positive, flagged, np.ones((1, 2)), None)
    assert found["sensitivity"][0] == 0
    assert np.isnan([found["specificity"][0], found["ppv"][0]]).all()
