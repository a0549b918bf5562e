from __future__ import annotations

import numpy as np
import pytest

from fpt_core.errors import ConfigError, DatasetError
from fpt_core.evaluation.sample import Sample
from fpt_core.evaluation.thresholds import (
    OperatingPoint,
    OperatingRule,
    choose,
    net_benefit_curve,
)
from tests.evaluation.samples import draw

SAMPLE = draw(rows=200, patients=150)


def _chosen(rule: str, sample: Sample = SAMPLE) -> OperatingPoint:
    return choose(sample, "class 1", OperatingRule.parse(rule), "validation images")


def _at(threshold: float) -> tuple[float, float]:
    called = SAMPLE.probabilities[:, 1] >= threshold
    positive = SAMPLE.positive(1)
    return called[positive].mean(), (~called[~positive]).mean()


ALL = [_at(threshold) for threshold in [*np.unique(SAMPLE.probabilities[:, 1]), 1.1]]


@pytest.mark.parametrize("target", [0.5, 0.9, 1.0])
def test_a_target_sensitivity_costs_as_little_specificity_as_can_be(target: float) -> None:
    point = _chosen(f"sensitivity={min(target, 0.999)}")
    assert (point.sensitivity, point.specificity) == _at(point.threshold)
    assert point.sensitivity >= target
    assert point.specificity == max(spec for sens, spec in ALL if sens >= target)


def test_a_target_specificity_costs_as_little_sensitivity_as_can_be() -> None:
    point = _chosen("specificity=0.8")
    assert point.specificity >= 0.8
    assert point.sensitivity == max(sens for sens, spec in ALL if spec >= 0.8)


def test_youden() -> None:
    point = _chosen("youden")
    assert point.sensitivity + point.specificity == pytest.approx(max(map(sum, ALL)))


@pytest.mark.parametrize("missed", [0.01, 1, 5, 1000])
def test_cost(missed: float) -> None:
    def cost(sensitivity: float, specificity: float) -> float:
        share = SAMPLE.positive(1).mean()
        return float(missed * share * (1 - sensitivity) + (1 - share) * (1 - specificity))

    point = _chosen(f"cost={missed}")
    assert cost(point.sensitivity, point.specificity) == pytest.approx(
        min(cost(*each) for each in ALL)
    )


def test_net_benefit_acts_from_the_stated_probability_on() -> None:
    assert _chosen("net-benefit=0.2").threshold == 0.2
    [low, stated] = net_benefit_curve(SAMPLE, 1, [0.0, 0.2])
    share = SAMPLE.positive(1).mean()
    assert low.model == low.everyone == pytest.approx(share)
    sensitivity, specificity = _at(0.2)
    expected = sensitivity * share - (1 - specificity) * (1 - share) * 0.25
    assert stated.model == pytest.approx(expected)
    assert stated.everyone == pytest.approx(share - (1 - share) * 0.25)


def test_a_rounded_score_falls_on_the_same_side() -> None:
    threshold = _chosen("youden").threshold
    scores = SAMPLE.probabilities[:, 1]
    assert ((scores.astype(np.float32) >= threshold) == (scores >= threshold)).all()


def test_certain_answers_have_thresholds() -> None:
    targets = np.arange(40) % 2
    wrong = Sample.of(["class 0", "class 1"], np.eye(2)[1 - targets], targets, range(40))
    point = _chosen("specificity=0.9", wrong)
    assert (point.sensitivity, point.specificity) == (0, 1)


def test_too_few_patients_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"hold \d+ patients of this class, 10 are needed"):
        _chosen("youden", draw(rows=18, patients=18))
    one_sided = SAMPLE.only(SAMPLE.positive(1))
    with pytest.raises(DatasetError, match="hold 0 patients other than this class"):
        _chosen("youden", one_sided)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("best", "no rule 'best'"),
        ("youden=1", "takes no number"),
        ("sensitivity", "needs a number above 0"),
        ("specificity=95", "between 0 and 1, not 95"),
        ("sensitivity=high", "'high' is no number"),
        ("cost=-1", "needs a number above 0"),
    ],
)
def test_rules_that_are_none_are_told(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        OperatingRule.parse(text)


def test_a_rule_is_written_as_it_was_read() -> None:
    assert [str(OperatingRule.parse(t)) for t in ("youden", "cost=5")] == ["youden", "cost=5"]
