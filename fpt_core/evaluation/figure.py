"""One number, how far it can be trusted, and why not where it cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fpt_core.evaluation.bootstrap import BootstrapConfig, Interval, bca, exact
from fpt_core.evaluation.sample import Floats


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of merit."""

    value: float | None
    interval: Interval | None = None
    note: str = ""
    """Why there is no value or no interval."""


@dataclass(frozen=True, slots=True)
class Support:
    """The patients that a figure rests on: of the smaller side where it compares two."""

    patients: int
    who: str
    """In words: "of the class"."""


def with_interval(
    value: float,
    resamples: Floats,
    left_out: Floats,
    support: Support,
    config: BootstrapConfig,
    *,
    is_share: bool = False,
) -> Figure:
    """A figure with its interval, or with the reason why it has none.

    Args:
        value: NaN where it cannot be measured.
        resamples: Its values in resamples of the patients.
        left_out: Its values with patients left out in turn.
        support: The patients that it rests on.
        config: How intervals are made, and which they need.
        is_share: Whether it is a share of rows, which may be 0 or 1 in all of them.
    """
    if np.isnan(value):
        return Figure(None, note=_why_no_value(support))
    if support.patients < config.least_patients:
        return Figure(value, note=too_few(support, config))
    if is_share and value in (0.0, 1.0):
        return Figure(value, exact(value, support.patients, config.confidence))
    known = resamples[~np.isnan(resamples)]
    if len(known) < config.least_defined * len(resamples):
        share = 1 - len(known) / len(resamples)
        return Figure(value, note=f"No interval: not measurable in {share:.0%} of the resamples.")
    if known.min() == known.max():
        return Figure(value, note="No interval: every resample of the patients gives the same.")
    low, high = bca(value, known, left_out[~np.isnan(left_out)], config.confidence)
    method = f"bootstrap over patients (BCa, {config.resamples:,} resamples, seed {config.seed})"
    return Figure(value, Interval(low, high, method))


def too_few(support: Support, config: BootstrapConfig) -> str:
    """Why so few patients give no interval."""
    return (
        f"Too few for an interval: {support.patients} patients {support.who}, "
        f"{config.least_patients} are needed."
    )


def _why_no_value(support: Support) -> str:
    if support.patients == 0:
        return f"Not measurable: there are none {support.who}."
    return "Not measurable: the probabilities are all alike, or tell the class without error."
