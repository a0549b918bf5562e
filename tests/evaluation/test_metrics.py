from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from fpt_core.evaluation.metrics import macro_auc, summarise
from fpt_core.evaluation.sample import Sample


def _answers(classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = rng.permutation(np.repeat(np.arange(classes), 10))
    scores = rng.random((len(targets), classes)) + np.eye(classes)[targets] / 2
    return scores / scores.sum(1, keepdims=True), targets


@pytest.mark.parametrize("classes", [3, 5])
def test_auc_is_scikit_learns_one_versus_rest_macro_mean(classes: int) -> None:
    probabilities, targets = _answers(classes)
    expected = roc_auc_score(targets, probabilities, multi_class="ovr", average="macro")
    assert macro_auc(probabilities, targets) == pytest.approx(expected)


def test_auc_of_two_classes_is_that_of_the_second() -> None:
    probabilities, targets = _answers(2)
    expected = roc_auc_score(targets, probabilities[:, 1])
    assert macro_auc(probabilities, targets) == pytest.approx(expected)


def test_one_class_alone_has_no_auc() -> None:
    assert macro_auc(_answers(3)[0][:4], np.zeros(4, dtype=int)) is None


def test_a_class_that_is_absent_is_left_out_of_the_mean() -> None:
    probabilities, targets = _answers(3)
    here = targets != 2
    scores = [roc_auc_score(targets[here] == c, probabilities[here, c]) for c in (0, 1)]
    assert macro_auc(probabilities[here], targets[here]) == pytest.approx(np.mean(scores))


def _summary(answers: np.ndarray, targets: list[int], **options: Any) -> dict[str, Any]:
    names = [str(index) for index in range(answers.shape[1])]
    return summarise(Sample.of(names, answers, targets, range(len(targets))), **options)


def test_summary() -> None:
    answers = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.8, 0.2]])
    expected_loss = -np.log([0.9, 0.6, 0.3, 0.2]).mean()
    figures = {
        "auc": pytest.approx(1 / 3),
        "accuracy": 0.5,
        "balanced_accuracy": pytest.approx(1 / 3),
        "loss": pytest.approx(expected_loss),
        "images": 4,
        "patients": 4,
    }
    assert _summary(answers, [0, 0, 0, 1], intervals=False) == figures
    too_few = {"auc_interval": None, "accuracy_interval": None}
    assert _summary(answers, [0, 0, 0, 1]) == figures | too_few


def test_steps_of_a_scale_add_quadratic_kappa() -> None:
    probabilities, targets = _answers(3)
    order = ("2", "0", "1")
    ranks = np.array([order.index(str(index)) for index in range(3)])
    expected = cohen_kappa_score(
        ranks[targets], ranks[probabilities.argmax(1)], weights="quadratic"
    )
    summary = _summary(probabilities, targets.tolist(), intervals=False, class_order=order)
    assert summary["quadratic_kappa"] == pytest.approx(expected)
    assert "quadratic_kappa" not in _summary(probabilities, targets.tolist(), intervals=False)


def test_enough_patients_give_intervals() -> None:
    answers, targets = _answers(3)
    summary = _summary(answers, targets.tolist())
    for name in ("auc", "accuracy"):
        low, high = summary[f"{name}_interval"]
        assert 0 < low < summary[name] < high < 1


def test_a_predicted_class_may_be_absent() -> None:
    summary = _summary(np.array([[0.1, 0.8, 0.1], [0.6, 0.2, 0.2]]), [0, 0])
    assert summary["auc"] is None
    assert summary["accuracy"] == 0.5


def test_an_empty_split_has_no_figures() -> None:
    summary = _summary(np.empty((0, 2)), [])
    assert summary["images"] == 0
    assert summary["auc"] is None
