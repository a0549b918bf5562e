"""What a run's own folder says of its training."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from fpt_core.dataset.run_folder import EVENTS, read_metrics, read_steps
from fpt_core.events import EpochCompleted


@dataclass(frozen=True, slots=True)
class RunEvents:
    """Training as it went."""

    epochs: Sequence[EpochCompleted]
    seconds: float
    """Of training alone, over all times that the run was resumed."""
    peak_bytes: int

    @property
    def best_epoch(self) -> int | None:
        """Whose weights were kept."""
        return max((epoch.epoch for epoch in self.epochs if epoch.is_best), default=None)


def read_run_events(folder: Path) -> RunEvents:
    """The training that a run folder keeps.

    Raises:
        ProjectError: If a file of it was edited.
    """
    steps = read_steps(folder)
    return RunEvents(
        read_metrics(folder),
        _seconds([step.elapsed_s for step in steps]),
        max((step.memory_bytes for step in steps), default=0),
    )


def read_parameters(folder: Path) -> dict[str, int]:
    """Parameters as the run told them at its start, or at its end: learnable ones and all."""
    path = folder / EVENTS
    found: dict[str, int] = {}
    if not path.is_file():
        return found
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("}\n") and ('"RunStarted"' in line or '"Finished"' in line):
                record = json.loads(line)
                told = record.get("result", record)
                found |= {name: told[name] for name in told if name.endswith("_parameters")}
    return found


def _seconds(elapsed: Sequence[float]) -> float:
    """The clock starts anew with every resumption."""
    return sum(now for now, later in pairwise([*elapsed, 0.0]) if later < now)
