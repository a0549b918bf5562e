"""The settings of runs side by side: as flat names and values, where they differ, as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import translate_os_error
from fpt_core.files import write_atomically

_FORMULA = ("=", "+", "-", "@")
_FACTS = ("id", "name", "created", "method", "backbone", "status", "starred", "note")
_FIGURES = ("auc", "auc_interval", "accuracy", "balanced_accuracy", "loss", "images")


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as ``training.epochs`` and the like."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def differences(runs: Sequence[RunRecord]) -> dict[str, tuple[Any, ...]]:
    """The settings in which ``runs`` differ, each with every run's value in their order."""
    each = [flat(run.settings) for run in runs]
    names = dict.fromkeys(name for settings in each for name in settings)
    rows = {name: tuple(settings.get(name) for settings in each) for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}


def write_runs(path: Path, runs: Sequence[RunRecord]) -> None:
    """Write runs as a table: what they are called, what they reached, and all settings.

    Raises:
        DiskFullError: If there is no space left.
    """
    rows = [_row(run) for run in runs]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    try:
        write_atomically(path, content.getvalue().encode("utf-8-sig"))
    except OSError as error:
        raise translate_os_error(error, path) from error


def _row(run: RunRecord) -> dict[str, Any]:
    facts = {name: getattr(run, name) for name in _FACTS}
    figures = {
        f"{split}.{name}": figures.get(name)
        for split, figures in run.metrics.items()
        for name in _FIGURES
    }
    return facts | figures | flat(run.settings)


def _cell(value: Any) -> str:
    """One cell; what a spreadsheet would take for a formula is made a text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return str(value)
