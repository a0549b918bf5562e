"""How long a stopped run still takes, from the steps that it has told; torch is not needed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from fpt_core.dataset.run_folder import EVENTS

_TAIL_BYTES = 2**16
"""Of the events: some hundred steps. A long run has told many thousands."""


def seconds_left(folder: Path) -> float | None:
    """What the steps that are left will take at the pace of the last ones.

    Args:
        folder: Of the run.

    Returns:
        ``None`` where the run has not told two steps, so that it has no pace.
    """
    steps = _last_steps(folder / EVENTS)
    if len(steps) < 2:
        return None
    first, last = steps[0], steps[-1]
    pace_s = (last["elapsed_s"] - first["elapsed_s"]) / max(1, last["step"] - first["step"])
    left = int(last["total_steps"] - last["step"])
    return max(0.0, left * float(pace_s))


def _last_steps(events: Path) -> list[dict[str, Any]]:
    """The last steps since the run was begun or resumed, as they were told."""
    found: list[dict[str, Any]] = []
    for line in reversed(_tail(events)):
        if line.startswith('{"event": "RunStarted"'):
            break
        if line.startswith('{"event": "StepCompleted"'):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue  # a kill has cut it
    return found[::-1]


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(-min(_TAIL_BYTES, file.seek(0, os.SEEK_END)), os.SEEK_END)
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []  # it was stopped before anything happened
