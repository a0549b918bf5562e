"""The part of a report that tells how the recommended method chose, and what more would bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fpt_core.config import to_dict
from fpt_core.evaluation.cross_fit import CrossFit, shown_to_work
from fpt_core.report.material import Material, Part

_FIGURES = {"out-of-fold": "out of fold", "test": "on test patients"}


def cross_fit(material: Material) -> Part:
    """What was held out from whom, what was tried, and both AUCs beside each other."""
    found, metrics = material.card.cross_fit, material.card.metrics
    if found is None:
        return {"used": False}
    return {
        "used": True,
        "words": _words(found),
        "aucs": {
            words: {key: metrics[split].get(key) for key in ("auc", "auc_interval", "patients")}
            for split, words in _FIGURES.items()
            if metrics.get(split, {}).get("auc") is not None
        },
        "verdicts": list(_verdicts(metrics)),
        "shares": dict(found.shares),
        "side": str(found.side),
        "epochs": found.epochs,
        "tried": [to_dict(tried) for tried in found.tried],
        "curve": [] if found.curve is None else [to_dict(p) for p in found.curve.points],
        "outlook": "" if found.curve is None else str(found.curve),
        "notes": list(found.notes),
    }


def _words(found: CrossFit) -> str:
    whole = f"{found.images:,} images of {found.patients:,} patients, all that are not test,"
    if found.members == 1 and found.folds == 1:
        return f"{whole} were learned from by one side network; nobody could be held out."
    return (
        f"{whole} were divided into {found.folds} folds by patient. "
        f"{found.members} side {'network' if found.members == 1 else 'networks'} and linear probes "
        "on the frozen backbone's features answer together. Each fold was answered by those that "
        "had not learned from it; these answers decided settings, shares, calibration and "
        "thresholds."
    )


def _verdicts(metrics: Mapping[str, Any]) -> Iterator[str]:
    """What the two AUCs say, in sentences."""
    apart, test = metrics.get("out-of-fold", {}), metrics.get("test", {})
    for figures, words in ((apart, "out of fold"), (test, "on the test patients")):
        if shown_to_work(figures) is False:
            yield (
                f"The AUC {words} may be chance, {figures['auc_interval'][0]:.2f} at worst: the "
                "model has not been shown to work."
            )
    if apart.get("auc") is not None and test.get("auc") is not None:
        gap = test["auc"] - apart["auc"]
        side = "above" if gap >= 0 else "below"
        yield (
            f"The test AUC is {abs(gap):.3f} {side} that out of fold, which decided settings and "
            "is therefore slightly flattered."
        )
