"""What a report says of a cross-fitted model, and of one that was not."""

from __future__ import annotations

import types
from typing import Any, cast

from fpt_core.evaluation.cross_fit import (
    CrossFit,
    CurvePoint,
    LearningCurve,
    SideSettings,
    Tried,
)
from fpt_core.report.cross_fit_part import cross_fit
from fpt_core.report.material import Material

FOUND = CrossFit(
    folds=5,
    members=5,
    images=84,
    patients=65,
    shares={"probe at all sizes": 0.7, "side networks": 0.3},
    strengths={"probe at all sizes": 1e-4},
    side=SideSettings(),
    epochs=12,
    tried=(Tried("side networks alone", 0.61), Tried("probes and side networks", 0.42, True)),
    curve=LearningCurve((CurvePoint(26, 0.8), CurvePoint(52, 0.85)), 0.02, (0.0, 0.04)),
    notes=("The rarest class has 4 patients.",),
)


def _part(found: CrossFit | None, test_low: float = 0.6) -> dict[str, Any]:
    metrics = {
        "out-of-fold": {"auc": 0.89, "auc_interval": [0.79, 0.95], "patients": 65},
        "test": {"auc": 0.858, "auc_interval": [test_low, 0.96], "patients": 27},
    }
    card = types.SimpleNamespace(cross_fit=found, metrics=metrics)
    return cross_fit(cast(Material, types.SimpleNamespace(card=card)))


def test_both_aucs_their_difference_the_search_and_the_outlook() -> None:
    part = _part(FOUND)
    assert [found["auc"] for found in part["aucs"].values()] == [0.89, 0.858]
    assert part["verdicts"] == [
        "The test AUC is 0.032 below that out of fold, which decided settings and is therefore "
        "slightly flattered."
    ]
    assert part["outlook"] == "Twice the patients would bring about +0.02 of AUC (0.00 to 0.04)."
    assert [tried["kept"] for tried in part["tried"]] == [False, True]


def test_chance_within_the_interval_is_said() -> None:
    verdict = _part(FOUND, test_low=0.45)["verdicts"][0]
    assert "on the test patients may be chance" in verdict
    assert "not been shown to work" in verdict


def test_other_methods_have_none() -> None:
    assert _part(None) == {"used": False}
