"""Whether one model is better than another on the same patients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from fpt_core.errors import DatasetError
from fpt_core.evaluation import probabilities
from fpt_core.evaluation.bootstrap import BootstrapConfig, jackknifed, resampled, two_sided
from fpt_core.evaluation.delong import delong
from fpt_core.evaluation.figure import Figure, Support, with_interval
from fpt_core.evaluation.figures import Statistic, accuracy, macro_auc
from fpt_core.evaluation.sample import Floats, Sample

COMPARED: Mapping[str, Statistic] = {
    "auc": macro_auc,
    "accuracy": accuracy,
    "log_loss": probabilities.log_loss,
}
"""What two models are compared by; the AUC is the mean over classes."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first model's figure less the second's, on the same patients."""

    first: str
    second: str
    figure: str
    difference: Figure
    p_bootstrap: float | None
    """Two-sided, by the paired bootstrap, corrected for all pairs by Holm's method."""
    p_delong: float | None
    """Of the AUC of two classes, likewise; ``None`` for other figures and more classes."""


def compare(
    samples: Mapping[str, Sample], config: BootstrapConfig | None = None
) -> tuple[Comparison, ...]:
    """Every pair of models by every figure.

    Args:
        samples: By the model's name; row ``i`` of each is the same image.
        config: How intervals are made.

    Raises:
        DatasetError: If there are not two models, or their rows are not the same.
    """
    config = config or BootstrapConfig()
    _check_same(list(samples.values()))
    pairs = list(combinations(samples, 2))
    found: list[Comparison] = []
    for figure, statistic in COMPARED.items():
        drawn = [
            paired(samples[a], partial(_gap, statistic, samples[a], samples[b]), config)
            for a, b in pairs
        ]
        by_bootstrap = holm([p for _, p in drawn])
        by_delong = holm([_p_delong(figure, samples[a], samples[b]) for a, b in pairs])
        found += [
            Comparison(a, b, figure, drawn[i][0], by_bootstrap[i], by_delong[i])
            for i, (a, b) in enumerate(pairs)
        ]
    return tuple(found)


def _gap(statistic: Statistic, first: Sample, second: Sample, weights: Floats) -> Floats:
    return statistic(first, weights) - statistic(second, weights)


def paired(
    sample: Sample,
    difference: Callable[[Floats], Floats],
    config: BootstrapConfig,
    support: Support | None = None,
) -> tuple[Figure, float | None]:
    """A difference with its interval and p value, from resamples of the same patients.

    Args:
        sample: Whose patients are resampled.
        difference: Its values under many weightings, ``(R, n)`` -> ``(R,)``.
        config: How intervals are made.
        support: The patients that it rests on; those of the smallest class where not given.
    """
    value = float(difference(np.ones((1, len(sample))))[0])
    resamples = np.concatenate([difference(weights) for weights in resampled(sample, config)])
    left_out = np.concatenate([difference(weights) for weights in jackknifed(sample)])
    support = support or _smallest(sample)
    enough = support.patients >= config.least_patients
    figure = with_interval(value, resamples, left_out, support, config)
    return figure, two_sided(resamples) if enough else None


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """P values corrected for their number.

    Reference: Holm, Scandinavian Journal of Statistics 1979.
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        corrected[place] = largest
    return corrected


def _smallest(sample: Sample) -> Support:
    each = [sample.patients_of(sample.positive(i)) for i in range(len(sample.class_names))]
    return Support(min((count for count in each if count), default=0), "of the smallest class")


def _p_delong(figure: str, first: Sample, second: Sample) -> float | None:
    if figure != "auc" or len(first.class_names) != 2:
        return None
    scores = np.stack([first.probabilities[:, 1], second.probabilities[:, 1]])
    found = delong(scores, first.positive(1), first.patients)
    return None if found is None else found.p_value()


def _check_same(samples: Sequence[Sample]) -> None:
    if len(samples) < 2:
        raise DatasetError("A comparison needs two models.", "Name at least two runs.")
    first = samples[0]
    for other in samples[1:]:
        same = len(first) == len(other) and first.class_names == other.class_names
        if not same or (first.targets != other.targets).any():
            raise DatasetError(
                "The models were not measured on the same images with the same classes.",
                "Evaluate them on the same split of the same project first.",
            )
