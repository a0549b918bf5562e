from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fpt_core.errors import ConfigError
from fpt_core.evaluation.bootstrap import BootstrapConfig
from fpt_core.evaluation.figures import Figures, MeasureConfig, macro_auc, measure, one_figure
from fpt_core.evaluation.sample import Sample
from tests.evaluation.samples import draw

FAST = BootstrapConfig(resamples=300)


def _measured(sample: Sample, **changes: object) -> Figures:
    return measure(sample, MeasureConfig(bootstrap=FAST, **changes))  # type: ignore[arg-type]


def test_every_figure_lies_in_its_interval() -> None:
    figures = _measured(draw(rows=120, classes=3, patients=90), prevalence={"class 1": 0.1})
    groups = [figures.overall, figures.macro, *figures.by_class.values()]
    assert set(figures.by_class["class 1"]) - set(figures.macro) == {
        "auc_delong",
        "calibration_intercept",
        "ppv_at_prevalence",
        "npv_at_prevalence",
    }
    for group in groups:
        for name, figure in group.items():
            assert figure.value is not None, name
            assert figure.interval is not None, (name, figure.note)
            assert figure.interval.low <= figure.interval.high
            if name != "calibration_error":  # biased upwards in every resample
                assert figure.interval.low <= figure.value <= figure.interval.high, name
    json.dumps(figures.to_dict(), allow_nan=False)


def test_the_interval_is_a_plain_bootstraps() -> None:
    """A slow bootstrap by scikit-learn, other random numbers, percentiles: nearly the same."""
    sample = draw(rows=300, patients=200)
    found = one_figure(sample, ("macro", "auc"), macro_auc, BootstrapConfig(resamples=4000))
    rng = np.random.default_rng(9)
    rows_of = [np.flatnonzero(sample.patients == p) for p in range(200)]
    values = []
    for _ in range(800):
        rows = np.concatenate([rows_of[p] for p in rng.integers(0, 200, 200)])
        values.append(roc_auc_score(sample.targets[rows], sample.probabilities[rows, 1]))
    low, high = np.quantile(values, [0.025, 0.975])
    assert found.interval is not None
    assert found.interval.low == pytest.approx(low, abs=0.01)
    assert found.interval.high == pytest.approx(high, abs=0.01)


def test_more_images_of_the_same_patients_do_not_narrow_it() -> None:
    sample = draw(rows=60, patients=60)
    twice = Sample(
        sample.class_names,
        np.tile(sample.probabilities, (2, 1)),
        np.tile(sample.targets, 2),
        np.tile(sample.patients, 2),
    )
    once, copied = (_measured(s).macro["auc"] for s in (sample, twice))
    assert once == copied


def test_a_threshold_moves_its_class_alone() -> None:
    sample = draw(classes=3)
    plain = _measured(sample)
    moved = _measured(sample, thresholds={"class 1": 0.05})
    assert moved.by_class["class 0"] == plain.by_class["class 0"]
    expected = (sample.probabilities[sample.positive(1), 1] >= 0.05).mean()
    assert moved.by_class["class 1"]["sensitivity"].value == pytest.approx(expected)
    assert moved.by_class["class 1"]["auc"] == plain.by_class["class 1"]["auc"]


def test_steps_of_a_scale_have_a_quadratic_kappa() -> None:
    sample = draw(classes=3)
    there = _measured(sample, order=("class 0", "class 1", "class 2"))
    other = _measured(sample, order=("class 1", "class 0", "class 2"))
    assert there.overall["quadratic_kappa"].value != other.overall["quadratic_kappa"].value
    assert "quadratic_kappa" not in _measured(sample).overall


def test_three_patients_get_no_interval_and_are_told_why() -> None:
    figures = _measured(draw(rows=6, patients=3))
    auc = figures.by_class["class 0"]["auc"]
    assert auc.value is not None
    assert auc.interval is None
    assert auc.note == "Too few for an interval: 2 patients of the class, 10 are needed."
    assert figures.overall["accuracy"].interval is None


def test_one_class_alone_gives_what_can_be_had() -> None:
    sample = draw(rows=40, patients=40)
    figures = _measured(sample.only(sample.positive(0)))
    auc = figures.by_class["class 0"]["auc"]
    assert auc.value is None
    assert auc.note == "Not measurable: there are none of another class."
    assert figures.macro["auc"].value is None
    assert figures.by_class["class 1"]["auc_delong"].note.endswith("none of the class.")
    assert figures.overall["accuracy"].interval is not None
    assert figures.by_class["class 0"]["sensitivity"].value is not None


def test_probabilities_all_alike_are_told() -> None:
    sample = draw(rows=40, patients=40)
    figures = _measured(sample.with_probabilities(np.full((40, 2), 0.5)))
    auc, slope = (figures.by_class["class 1"][name] for name in ("auc", "calibration_slope"))
    assert (auc.value, auc.interval) == (0.5, None)
    assert "every resample" in auc.note
    assert slope.value is None
    assert "all alike" in slope.note


def test_no_mistake_at_all_still_leaves_doubt() -> None:
    targets = np.arange(40) % 2
    perfect = Sample.of(["a", "b"], np.eye(2)[targets] * 0.8 + 0.1, targets, range(40))
    figures = _measured(perfect)
    accuracy = figures.overall["accuracy"]
    assert accuracy.interval is not None
    assert accuracy.interval.method.startswith("exact")
    assert accuracy.interval.low == pytest.approx(0.025 ** (1 / 40))
    assert figures.by_class["a"]["auc"].interval is None


def test_nothing_to_measure() -> None:
    sample = draw(rows=4)
    figures = _measured(sample.only(np.zeros(4, bool)))
    assert (figures.images, figures.patients, figures.overall) == (0, 0, {})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"thresholds": {"odd": 0.5}}, "no class 'odd'"),
        ({"prevalence": {"class 1": 1.5}}, "between 0 and 1, not 1.5"),
        ({"order": ("class 0",)}, "name each class once"),
    ],
)
def test_wrong_settings_are_told(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _measured(draw(), **changes)
