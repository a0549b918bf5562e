"""Whether a model serves all alike: figures of the groups of a column, with warnings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fpt_core.evaluation.bootstrap import BootstrapConfig
from fpt_core.evaluation.comparison import holm, paired
from fpt_core.evaluation.figure import Figure, Support
from fpt_core.evaluation.figures import MACRO, OVERALL, accuracy, macro_auc, one_figure
from fpt_core.evaluation.sample import Flags, Floats, Sample

_MOST_VALUES = 12
"""A column with more different numbers is put into bands."""
_BANDS = 4
_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One group of a column."""

    value: str
    images: int
    patients: int
    auc: Figure
    """Mean over the classes."""
    accuracy: Figure
    difference: Figure
    """The group's AUC less that of all others."""
    p_value: float | None
    """Of that difference, corrected for all groups of the column by Holm's method."""
    warning: str
    """In words, where the group is too small or clearly worse; else empty."""


def subgroups(
    sample: Sample, values: Sequence[str], config: BootstrapConfig | None = None
) -> tuple[Subgroup, ...]:
    """Figures of every group of a column.

    Args:
        sample: All rows.
        values: The column's value of each row; empty where it is unknown.
        config: How intervals are made.
    """
    config = config or BootstrapConfig()
    labels = np.array([value or "unknown" for value in banded(values)])
    groups = [
        _measured(sample, labels == label, str(label), config)
        for label in sorted(set(labels.tolist()), key=_natural)
    ]
    corrected = holm([group.p_value for group in groups])
    return tuple(
        dataclasses.replace(group, p_value=p, warning=_warning(group, p, config))
        for group, p in zip(groups, corrected, strict=True)
    )


def banded(values: Sequence[str]) -> list[str]:
    """The values, or bands of about equally many rows where they are many numbers."""
    numbers = {value: _number(value) for value in values if value}
    known = np.array([numbers[value] for value in values if value], dtype=np.float64)
    if None in numbers.values() or len(set(numbers.values())) <= _MOST_VALUES:
        return list(values)
    edges = np.quantile(known, np.linspace(0, 1, _BANDS + 1)[1:-1])
    band_of = {
        value: int(np.searchsorted(edges, number or 0.0)) for value, number in numbers.items()
    }
    names = {}
    for band in set(band_of.values()):
        members = [number or 0.0 for value, number in numbers.items() if band_of[value] == band]
        names[band] = f"{min(members):g} to {max(members):g}"
    return [names[band_of[value]] if value else "" for value in values]


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _natural(label: str) -> tuple[bool, float, str]:
    number = _number(label.split(" to ")[0])
    return number is None, number or 0.0, label


def _measured(sample: Sample, rows: Flags, value: str, config: BootstrapConfig) -> Subgroup:
    def difference(weights: Floats) -> Floats:
        return macro_auc(sample, weights * rows) - macro_auc(sample, weights * ~rows)

    group = sample.only(rows)
    gap, p_value = paired(sample, difference, config, _fewest(sample, rows))
    return Subgroup(
        value,
        len(group),
        group.num_patients,
        one_figure(group, (MACRO, "auc"), macro_auc, config),
        one_figure(group, (OVERALL, "accuracy"), accuracy, config),
        gap,
        p_value,
        "",
    )


def _fewest(sample: Sample, rows: Flags) -> Support:
    """Patients of the smallest class in the group and in the others."""
    counts = [
        sample.patients_of(side & sample.positive(index))
        for side in (rows, ~rows)
        for index in range(len(sample.class_names))
    ]
    return Support(min(counts), "of a class on one side")


def _warning(group: Subgroup, p_value: float | None, config: BootstrapConfig) -> str:
    if group.difference.interval is None:
        return (
            f"Too small to judge: {config.least_patients} patients of every class are needed here "
            "and among the others."
        )
    worse = group.difference.value is not None and group.difference.value < 0
    if worse and p_value is not None and p_value < _ALPHA:
        return f"Clearly worse than the others: the AUC is {-group.difference.value:.3f} lower."  # type: ignore[operator]
    return ""
