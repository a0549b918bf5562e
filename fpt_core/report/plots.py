"""The figures of a report as SVG, drawn from its JSON content."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

_INK, _QUIET, _GRID = "#19232d", "#52616f", "#d5dade"
_FIRST, _SECOND = "#0b66b3", "#985000"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 8.5,
    "axes.edgecolor": _QUIET,
    "axes.labelcolor": _INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
}
_SQUARE = (3.1, 2.9)
_WIDE = (6.6, 2.5)
_ROW_INCHES = 0.24


def training_plot(epochs: Sequence[Mapping[str, Any]]) -> str:
    """Loss and validation AUC by epoch."""
    with _figure("training", _WIDE) as (figure, drawn):
        loss, auc = figure.subplots(1, 2)
        x = [epoch["epoch"] for epoch in epochs]
        loss.plot(x, [epoch["train_loss"] for epoch in epochs], color=_FIRST, label="training")
        loss.plot(x, _numbers(epochs, "val_loss"), color=_SECOND, ls="--", label="validation")
        loss.set(xlabel="epoch", ylabel="loss (cross-entropy)")
        loss.set_ylim(bottom=0)
        loss.legend()
        auc.plot(x, _numbers(epochs, "val_auc"), color=_SECOND, ls="--", marker="o", ms=2.5)
        auc.set(xlabel="epoch", ylabel="validation AUC", ylim=(0, 1.02))
        best = max((epoch["epoch"] for epoch in epochs if epoch["is_best"]), default=None)
        for axes in (loss, auc):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            if best is not None:
                axes.axvline(best, color=_QUIET, lw=0.9, ls=":")
        if best is not None:
            auc.text(best, 0.03, "kept ", ha="right", color=_QUIET)
    return drawn.getvalue()


def roc_plot(name: str, curve: Mapping[str, Any]) -> str:
    """A ROC curve with its band."""
    with _figure(f"roc {name}", _SQUARE) as (figure, drawn):
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=_QUIET, lw=0.8, ls=":")
        _draw_curve(axes, curve)
        axes.set(xlabel="1 - specificity", ylabel="sensitivity")
    return drawn.getvalue()


def precision_recall_plot(name: str, curve: Mapping[str, Any], share: float) -> str:
    """A precision-recall curve with its band, and what guessing gives."""
    with _figure(f"pr {name}", _SQUARE) as (figure, drawn):
        axes = figure.subplots()
        axes.axhline(share, color=_QUIET, lw=0.8, ls=":")
        _draw_curve(axes, curve)
        axes.set(xlabel="recall (sensitivity)", ylabel="precision (PPV)")
    return drawn.getvalue()


def reliability_plot(name: str, bins: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Observed shares beside predicted probabilities, before and after calibration."""
    with _figure(f"reliability {name}", _SQUARE) as (figure, drawn):
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=_QUIET, lw=0.8, ls=":")
        styles = {"uncalibrated": (_SECOND, "s", "--"), "calibrated": (_FIRST, "o", "-")}
        shown = {key: bins[key] for key in styles if bins.get(key)}
        if len(shown) == 2 and shown["calibrated"] == shown["uncalibrated"]:
            del shown["calibrated"]  # the model is not calibrated: they are the same
        for label, points in shown.items():
            colour, marker, line = styles[label]
            filled = [point for point in points if point["images"]]
            x = [point["predicted"] for point in filled]
            y = [point["observed"] for point in filled]
            low = [point["observed"] - point["observed_low"] for point in filled]
            high = [point["observed_high"] - point["observed"] for point in filled]
            axes.errorbar(
                x, y, [low, high], color=colour, marker=marker, ms=4, ls=line, lw=1.1,
                elinewidth=0.7, capsize=2, label=label,
            )  # fmt: skip
        axes.set(xlabel="predicted probability", ylabel="observed share", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="upper left")
    return drawn.getvalue()


def net_benefit_plot(name: str, points: Sequence[Mapping[str, Any]]) -> str:
    """A decision curve."""
    with _figure(f"benefit {name}", _SQUARE) as (figure, drawn):
        axes = figure.subplots()
        x = [point["threshold"] for point in points]
        axes.plot(x, [p["model"] for p in points], color=_FIRST, label="by the model")
        axes.plot(x, [p["everyone"] for p in points], color=_SECOND, ls="--", label="everyone")
        axes.axhline(0, color=_QUIET, lw=0.9, ls=":", label="nobody")
        top = max(0.05, *(p["model"] for p in points), points[0]["everyone"])
        axes.set(xlabel="threshold", ylabel="net benefit", xlim=(0, 1), ylim=(-top / 2, top * 1.1))
        axes.legend()
    return drawn.getvalue()


def forest_plot(columns: Mapping[str, Sequence[Mapping[str, Any]]], overall: Any) -> str:
    """AUCs of groups with their intervals, and of all."""
    rows = [
        (f"{column}: {group['value']} ({group['patients']} patients)", group["auc"])
        for column, groups in columns.items()
        for group in groups
    ]
    height = 0.75 + _ROW_INCHES * len(rows)
    with _figure("forest", (6.6, height)) as (figure, drawn):
        axes = figure.subplots()
        for place, (_, auc) in enumerate(rows):
            if auc["value"] is None:
                axes.text(0.01, place, "not measurable", va="center", color=_QUIET, fontsize=8)
                continue
            if auc["interval"] is not None:
                low, high = auc["interval"]["low"], auc["interval"]["high"]
                axes.plot([low, high], [place, place], color=_FIRST, lw=1.2)
            small = auc["interval"] is None
            axes.plot(auc["value"], place, "D" if small else "s", color=_FIRST, ms=4.5,
                      mfc="white" if small else _FIRST)  # fmt: skip
        if overall is not None and overall["value"] is not None:
            axes.axvline(overall["value"], color=_SECOND, lw=1, ls="--")
        axes.set(xlim=(0, 1.02), ylim=(len(rows) - 0.5, -0.5), xlabel="AUC (dashed: all)")
        axes.set_yticks(range(len(rows)), [_short(label) for label, _ in rows])
        axes.tick_params(axis="y", length=0, labelcolor=_INK)
        axes.grid(axis="y", visible=False)
    return drawn.getvalue()


def _draw_curve(axes: Axes, curve: Mapping[str, Any]) -> None:
    band = curve["band"]
    if band is not None:
        axes.fill_between(band["x"], band["low"], band["high"], color=_FIRST, alpha=0.18, lw=0)
    axes.plot(curve["x"], curve["y"], color=_FIRST)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    axes.set_aspect("equal")


def _numbers(epochs: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [float("nan") if epoch[name] is None else epoch[name] for epoch in epochs]


def _short(label: str) -> str:
    return label if len(label) <= 44 else f"{label[:42]}…"


@contextmanager
def _figure(name: str, size: tuple[float, float]) -> Iterator[tuple[Figure, io.StringIO]]:
    """A figure in our style; what was drawn is SVG without a date, to be put into a page."""
    drawn = io.StringIO()
    # Figures of one page must not share the names of their parts.
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        yield figure, drawn
        whole = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(whole, format="svg", metadata=nothing, transparent=True)
    text = whole.getvalue()
    drawn.write(_without_idle_names(text[text.index("<svg") :]))


def _without_idle_names(svg: str) -> str:
    """The names that every figure has, such as ``axes_1``, point nowhere and would clash."""
    used = set(re.findall(r"#([\w-]+)", svg))
    return re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", svg)
