"""Repeated test splits, summed up: mean AUC, intervals, paired differences, win rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fpt_core.config import AUTO

_CONFIDENCE = 0.95


def summary(splits: Sequence[dict[str, float | None]]) -> list[dict[str, Any]]:
    """A row for each method, the recommended one first.

    Intervals are the corrected resampled t's, since training sets of splits overlap.

    Reference: Nadeau and Bengio, Inference for the Generalization Error, Machine Learning 2003.
    """
    ours = np.array([split[AUTO] for split in splits], float)
    names = [name for name in splits[0] if name != AUTO and name != "linear-probe"]
    rows = []
    for name in (AUTO, *sorted(names)):
        aucs = np.array([split[name] for split in splits], float)
        gaps = ours - aucs
        rows.append(
            {
                "method": name,
                "auc": float(np.nanmean(aucs)),
                "interval": _interval(aucs),
                "difference": None if name == AUTO else float(np.nanmean(gaps)),
                "difference_interval": None if name == AUTO else _interval(gaps),
                "wins": None if name == AUTO else float(np.mean((gaps > 0) + 0.5 * (gaps == 0))),
                "splits": len(splits),
            }
        )
    return rows


def _interval(values: NDArray[np.float64]) -> list[float] | None:
    """Around the mean, wider by what overlapping training sets hide."""
    values = values[np.isfinite(values)]
    number = len(values)
    if number < 2:
        return None
    # A third of the images are test images in the usual plan: half as many as are learned from.
    spread = math.sqrt((1 / number + 0.5) * float(values.var(ddof=1)))
    reach = float(stats.t.ppf((1 + _CONFIDENCE) / 2, number - 1)) * spread
    return [float(values.mean()) - reach, float(values.mean()) + reach]


def print_accuracy(result: dict[str, Any]) -> None:
    """A table for each project."""
    print(
        f"{result['seeds']} seeds, {result['folds_of_test']} test splits each, "
        f"{result['image_size']} px; difference: {AUTO} less the method, on the same splits"
    )
    for project, rows in result["projects"].items():
        print(f"\n{project}\n{'method':<28} {'AUC (95 %)':<22} {'difference (95 %)':<26} wins")
        for row in rows:
            wins = "" if row["wins"] is None else f"{row['wins']:.0%}"
            print(
                f"{row['method']:<28} {_told(row['auc'], row['interval']):<22} "
                f"{_told(row['difference'], row['difference_interval'], '+'):<26} {wins}"
            )


def _told(value: float | None, interval: Sequence[float] | None, sign: str = "") -> str:
    if value is None:
        return ""
    text = f"{value:{sign}.3f}"
    return text if interval is None else f"{text} ({interval[0]:.2f} to {interval[1]:.2f})"
