"""A run's folder: what was asked, on what machine, and what happened; read without torch.

``config.json`` holds the settings, ``environment.json`` versions, hardware and threads,
``events.jsonl`` every event, and ``metrics.csv`` a row for every epoch.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fpt_core.errors import ProjectError, translate_os_error
from fpt_core.events import EpochCompleted, StepCompleted
from fpt_core.files import write_atomically

CONFIG = "config.json"
ENVIRONMENT = "environment.json"
EVENTS = "events.jsonl"
METRICS = "metrics.csv"

_COLUMNS = tuple(field.name for field in dataclasses.fields(EpochCompleted))
_WHOLE = ("epoch", "epochs", "memory_bytes")
_MAY_BE_EMPTY = ("val_loss", "val_auc")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write ``content`` for people and programs.

    Raises:
        DiskFullError: If there is no space left.
    """
    _write(path, json.dumps(content, indent=2))


def read_json(path: Path) -> dict[str, Any]:
    """What ``write_json`` wrote.

    Raises:
        ProjectError: If it is absent or was changed into something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise edited(path) from error
    if not isinstance(content, dict):
        raise edited(path)
    return content


def write_metrics(folder: Path, epochs: Sequence[EpochCompleted]) -> None:
    """Write ``metrics.csv``: a row for every epoch.

    Raises:
        DiskFullError: If there is no space left.
    """
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow(_COLUMNS)
    for epoch in epochs:
        values = (getattr(epoch, name) for name in _COLUMNS)
        writer.writerow(["" if value is None else value for value in values])
    _write(folder / METRICS, content.getvalue())


def read_metrics(folder: Path) -> tuple[EpochCompleted, ...]:
    """The epochs of a run; none where none was completed.

    Raises:
        ProjectError: If ``metrics.csv`` was edited into something else.
    """
    path = folder / METRICS
    if not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if tuple(rows.fieldnames or ()) != _COLUMNS:
                raise edited(path)
            return tuple(_epoch(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise edited(path) from error


def read_steps(folder: Path) -> tuple[StepCompleted, ...]:
    """Every training step of a run, once; the end of a line that a kill cut is left out.

    Raises:
        ProjectError: If ``events.jsonl`` was edited into something else.
    """
    path = folder / EVENTS
    if not path.exists():
        return ()
    steps: dict[int, StepCompleted] = {}
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if '"StepCompleted"' in line and line.endswith("}\n"):
                    record = json.loads(line)
                    del record["event"]
                    steps[record["step"]] = StepCompleted(**record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise edited(path) from error
    return tuple(steps[number] for number in sorted(steps))


def edited(path: Path) -> ProjectError:
    """The refusal of a file of a run's folder that is not what the program wrote."""
    return ProjectError(
        f"{path.name} of run {path.parent.name} is missing, damaged or was edited by hand.",
        "Restore the file from a backup, or train again; other runs are not affected.",
    )


def _epoch(row: dict[str, str]) -> EpochCompleted:
    return EpochCompleted(**{name: _value(name, row[name]) for name in _COLUMNS})


def _value(name: str, text: str) -> Any:
    if name == "is_best":
        return {"True": True, "False": False}[text]
    if name in _MAY_BE_EMPTY and not text:
        return None
    return int(text) if name in _WHOLE else float(text)


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise translate_os_error(error, path) from error
