from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fpt_core.benchmark.intervals import IntervalsConfig, intervals, simulate
from fpt_core.events import Finished

CONFIG = IntervalsConfig(patients=40, images_per_patient=2, trials=30, resamples=200)


def test_simulated_scores_have_the_true_auc() -> None:
    large = dataclasses.replace(CONFIG, patients=20_000)
    sample = simulate(large, 0)
    assert sample.num_patients == 20_000
    found = roc_auc_score(sample.targets, sample.probabilities[:, 1])
    assert found == pytest.approx(0.8, abs=0.01)
    noise = np.log(sample.probabilities[:, 1] / sample.probabilities[:, 0])
    first, second = noise[sample.targets == 1].reshape(-1, 2).T
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.5, abs=0.03)


def test_coverage_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fpt_core.benchmark.intervals._LARGE", 4000)
    last = list(intervals(CONFIG))[-1]
    assert isinstance(last, Finished)
    figures = {"auc", "auc_delong", "sensitivity", "ppv", "brier", "calibration_slope", "kappa"}
    assert figures < set(last.result["coverage"])
    for name, share in last.result["coverage"].items():
        assert last.result["drawn"][name] == 1, name
        assert 0.6 < share <= 1, name
    few = list(intervals(dataclasses.replace(CONFIG, patients=8, trials=3)))[-1]
    assert isinstance(few, Finished)
    assert few.result["coverage"]["auc"] is None, "too few patients for an interval"
