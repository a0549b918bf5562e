"""The columns of the table of runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.training_panel.run_rows import RunRow
from app.training_panel.words import STATUS_WORDS, duration, method_name, size_text
from fpt_core.dataset.run_table import RunRecord
from fpt_core.model_card import TrainingCost


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is sorted by, and how that is written."""

    title: str
    explanation: str
    value: Callable[[RunRow], Any]
    """``None`` where a run has none."""
    text: Callable[[RunRow], str]
    width_px: int
    is_number: bool = False


def run_name(run: RunRecord) -> str:
    """The name that a person gave, or the day and time of its start."""
    if run.name != run.id:
        return run.name
    return f"{datetime.fromisoformat(run.created):%d %b, %H:%M}"


def long_name(run: RunRecord) -> str:
    """The name with the method, where it does not stand beside it."""
    return f"{run_name(run)} · {method_name(run.method)}"


def _test_auc(row: RunRow) -> float | None:
    return row.figure("test", "auc")


def _auc_text(row: RunRow) -> str:
    auc, interval = _test_auc(row), row.figure("test", "auc_interval")
    if auc is None:
        return ""
    return f"{auc:.3f}" + (f" ({interval[0]:.3f}–{interval[1]:.3f})" if interval else "")


def _of_cost(what: Callable[[TrainingCost], Any]) -> Callable[[RunRow], Any]:
    return lambda row: None if row.taken.cost is None else what(row.taken.cost)


_learnable = _of_cost(lambda cost: cost.learnable_share)
_memory = _of_cost(lambda cost: cost.peak_memory_bytes)
_seconds = _of_cost(lambda cost: cost.seconds)


def _written(
    value: Callable[[RunRow], Any], words: Callable[[Any], str]
) -> Callable[[RunRow], str]:
    def text(row: RunRow) -> str:
        found = value(row)
        return "" if found is None else words(found)

    return text


def _time_text(row: RunRow) -> str:
    if row.left_s is not None:
        return f"{duration(row.left_s)} left"
    seconds = _seconds(row)
    return "" if seconds is None else duration(seconds)


def _number(
    title: str,
    explanation: str,
    value: Callable[[RunRow], Any],
    words: Callable[[Any], str],
    width_px: int,
) -> Column:
    return Column(title, explanation, value, _written(value, words), width_px, is_number=True)


STAR, NAME, NOTE = 0, 1, 13
COLUMNS = (
    Column(
        "★",
        "Marked by you: click, or press Space",
        lambda row: row.record.starred,
        lambda row: "★" if row.record.starred else "☆",
        30,
    ),
    Column(
        "Name",
        "Double-click or F2 to rename",
        lambda row: run_name(row.record).casefold(),
        lambda row: run_name(row.record),
        150,
    ),
    Column(
        "Method",
        "What was trained",
        lambda row: row.record.method,
        lambda row: method_name(row.record.method),
        110,
    ),
    Column(
        "Backbone",
        "What it was trained on",
        lambda row: row.record.backbone,
        lambda row: row.record.backbone,
        150,
    ),
    Column(
        "Status",
        "Stopped, interrupted and failed runs can be resumed",
        lambda row: row.record.status,
        lambda row: STATUS_WORDS[row.record.status],
        100,
    ),
    _number(
        "Val AUC",
        "On the validation images, by which the best epoch was chosen",
        lambda row: row.figure("val", "auc"),
        "{:.3f}".format,
        66,
    ),
    Column(
        "Test AUC (95 %)",
        "On the test patients, with its interval",
        _test_auc,
        _auc_text,
        152,
        is_number=True,
    ),
    _number("Learnable", "Share of all parameters", _learnable, "{:.2%}".format, 86),
    _number("Memory", "Most that training took beyond the program", _memory, size_text, 72),
    Column(
        "Time",
        "Of preparation and training; of a run that can go on, what is left",
        _seconds,
        _time_text,
        84,
        is_number=True,
    ),
    _number(
        "PPE",
        "Test AUC, less for a larger learnable share",
        lambda row: row.taken.ppe,
        "{:.3f}".format,
        54,
    ),
    _number(
        "PME",
        "Test AUC, less for more of the memory that full fine-tuning would need",
        lambda row: row.taken.pme,
        "{:.3f}".format,
        54,
    ),
    Column(
        "Started",
        "Day and time",
        lambda row: row.record.created,
        lambda row: f"{datetime.fromisoformat(row.record.created):%Y-%m-%d %H:%M}",
        124,
    ),
    Column(
        "Note",
        "Double-click or F2 to write",
        lambda row: row.record.note.casefold() or None,
        lambda row: row.record.note,
        200,
    ),
)
