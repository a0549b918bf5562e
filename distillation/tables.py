"""The figures of the model card, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.stats import t

from distillation.labelled import LabelledImages
from distillation.quality import FPT_FOLDS, PLAIN, PROBE_FOLDS, SIZES, Measurements
from fpt_core.models.backbone import FrozenBackbone

LoadBackbone = Callable[[int], FrozenBackbone]

_METHODS = {"linear probe": PROBE_FOLDS, "FPT+": FPT_FOLDS}
"""And into how many folds each divides the images."""
_UNKNOWN = "not measured"


def auc_table(
    measurements: Measurements,
    sets: Sequence[LabelledImages],
    backbones: Mapping[str, LoadBackbone],
) -> list[str]:
    """Mean AUC and its standard error of every backbone and of plain features."""
    columns = [f"{images.name}, {method}" for images in sets for method in _METHODS]
    lines = _head(["features", "px", *columns])
    for name, load in backbones.items():
        for size in SIZES:
            backbone = load(size)
            cells = [
                _cell(measure(images, backbone), folds)
                for images in sets
                for measure, folds in zip(
                    (measurements.probe, measurements.fpt_plus), _METHODS.values(), strict=True
                )
            ]
            lines.append(_row([name, str(size), *cells]))
    for name in PLAIN:
        found = [measurements.plain(images, name, SIZES[-1]) for images in sets]
        cells = [cell for aucs in found for cell in (_cell(aucs, PROBE_FOLDS), "")]
        lines.append(_row([name, str(SIZES[-1]), *cells]))
    return lines


def difference_table(
    measurements: Measurements,
    sets: Sequence[LabelledImages],
    backbones: Mapping[str, LoadBackbone],
    own: str,
) -> list[str]:
    """How much better the probe is on ``own`` than on the others, split by split, at full size."""
    loaded = {name: load(SIZES[-1]) for name, load in backbones.items()}
    lines = _head([f"{own} minus", *(images.name for images in sets)])
    for other in (*(name for name in loaded if name != own), *PLAIN):
        cells = []
        for images in sets:
            theirs = (
                measurements.plain(images, other, SIZES[-1])
                if other in PLAIN
                else measurements.probe(images, loaded[other])
            )
            cells.append(_difference(measurements.probe(images, loaded[own]), theirs))
        lines.append(_row([other, *cells]))
    return lines


def overlap_list(
    measurements: Measurements,
    sets: Sequence[LabelledImages],
    backbones: Mapping[str, LoadBackbone],
    teacher: str,
) -> list[str]:
    """How many of the teacher's tokens the others keep."""
    lines = [f"Tokens kept at {SIZES[-1]} px that the {teacher} keeps too, by tapped block:", ""]
    wanted = backbones[teacher](SIZES[-1])
    for name in (name for name in backbones if name != teacher):
        for images in sets:
            shares = measurements.overlap(images, backbones[name](SIZES[-1]), wanted)
            each = ", ".join(f"{share:.3f}" for share in shares)
            lines.append(f"* {name}, {images.name}: {each or _UNKNOWN}")
    return lines


def error_of_mean(figures: Sequence[float], folds: int) -> float:
    """Standard error of a mean over repeated cross-validation.

    Splits share images, so that the usual formula gives far too little.

    Reference: Nadeau and Bengio, Inference for the generalization error, Machine Learning 52
    (2003) 239-281, for repeated cross-validation as by Bouckaert and Frank, PAKDD 2004.
    """
    shared = 1 / len(figures) + 1 / (folds - 1)
    return float(np.std(figures, ddof=1) * np.sqrt(shared))


def _difference(own: Sequence[float], theirs: Sequence[float]) -> str:
    if not own or not theirs:
        return _UNKNOWN
    differences = np.subtract(own, theirs)
    reach = t.ppf(0.975, len(differences) - 1) * error_of_mean(list(differences), PROBE_FOLDS)
    mean = float(differences.mean())
    return f"{mean:+.3f} ({mean - reach:+.3f} to {mean + reach:+.3f})"


def _cell(aucs: Sequence[float], folds: int) -> str:
    if not aucs:
        return _UNKNOWN
    return f"{np.mean(aucs):.3f} ± {error_of_mean(aucs, folds):.3f}"


def _head(columns: Sequence[str]) -> list[str]:
    return [_row(columns), _row(["---"] * len(columns))]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
