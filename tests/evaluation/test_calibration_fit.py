from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from fpt_core.errors import ConfigError, DatasetError
from fpt_core.evaluation.calibration_fit import fit_calibration
from fpt_core.evaluation.probabilities import calibration_error
from fpt_core.evaluation.sample import Sample
from tests.evaluation.samples import draw


def _overconfident(classes: int = 3, rows: int = 3000, sharpness: float = 3.0) -> Sample:
    rng = np.random.default_rng(0)
    honest = softmax(rng.normal(size=(rows, classes)) * 1.5, axis=1)
    targets = np.array([rng.choice(classes, p=row) for row in honest])
    answers = honest**sharpness
    names = [f"class {i}" for i in range(classes)]
    return Sample.of(names, answers / answers.sum(1, keepdims=True), targets, range(rows))


def test_temperature_undoes_overconfidence() -> None:
    sample = _overconfident()
    found = fit_calibration(sample, "temperature", "validation images")
    assert found.slope == pytest.approx(1 / 3, rel=0.05)
    assert found.offsets == (0.0, 0.0, 0.0)
    calibrated = sample.with_probabilities(found.apply(sample.probabilities))
    ones = np.ones((1, len(sample)))
    before, after = (
        calibration_error(s.probabilities[:, 1], s.positive(1), ones)[0]
        for s in (sample, calibrated)
    )
    assert after < 0.03 < before
    assert (calibrated.predicted == sample.predicted).all()


def test_platt_equals_scikit_learns() -> None:
    sample = draw(rows=200, patients=200)
    found = fit_calibration(sample, "platt", "validation images")
    odds = np.log(sample.probabilities[:, 1] / sample.probabilities[:, 0])
    plain = LogisticRegression().fit(odds[:, None], sample.targets)
    reference = CalibratedClassifierCV(FrozenEstimator(plain), method="sigmoid")
    reference.fit(odds[:, None], sample.targets)
    expected = reference.predict_proba(odds[:, None])
    assert np.abs(found.apply(sample.probabilities) - expected).max() < 1e-4


def test_platt_moves_the_prevalence_too() -> None:
    sample = _overconfident(classes=3)
    rare = sample.only((sample.targets != 2) | (np.arange(len(sample)) % 10 == 0))
    found = fit_calibration(rare, "platt", "validation images")
    shares = found.apply(rare.probabilities).mean(0)
    assert shares == pytest.approx(np.bincount(rare.targets) / len(rare), abs=0.005)


def test_no_mistake_does_not_make_certain() -> None:
    targets = np.arange(24) % 2
    perfect = Sample.of(["a", "b"], np.eye(2)[targets] * 0.6 + 0.2, targets, range(24))
    answers = fit_calibration(perfect, "temperature", "validation images").apply(
        perfect.probabilities
    )
    assert answers.max() == pytest.approx(13 / 14, abs=1e-3), "one imagined mistake in 14"


def test_too_few_patients_are_refused() -> None:
    sample = draw(rows=30, patients=8)
    with pytest.raises(DatasetError, match=r"validation images hold \d patients of class 'class"):
        fit_calibration(sample, "temperature", "validation images")
    with pytest.raises(ConfigError, match="temperature or platt, not 'isotonic'"):
        fit_calibration(sample, "isotonic", "validation images")  # type: ignore[arg-type]
