"""The runs of a project with what each of them reached and took, read in the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fpt_core.dataset.project import Project
from fpt_core.dataset.queue_table import QueuedRun
from fpt_core.dataset.run_pace import seconds_left
from fpt_core.dataset.run_table import RunRecord
from fpt_core.method_table import MethodRow, method_table


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and what its model file says that it reached and took."""

    record: RunRecord
    taken: MethodRow
    left_s: float | None = None
    """What is left of a run that can go on; ``None`` where it has not come to its steps."""

    def figure(self, split: str, name: str) -> Any:
        """A figure of a split, where it was measured."""
        return self.record.metrics.get(split, {}).get(name)


@dataclass(frozen=True, slots=True)
class RunsSnapshot:
    """What the Training panel shows of a project."""

    rows: tuple[RunRow, ...] = ()
    trashed: tuple[RunRow, ...] = ()
    queue: tuple[QueuedRun, ...] = ()
    class_names: tuple[str, ...] = ()

    @classmethod
    def read(cls, project: Project) -> RunsSnapshot:
        """The project as it is now."""
        return cls(
            run_rows(project, project.runs()),
            run_rows(project, project.runs(trashed=True)),
            tuple(project.queue()),
            tuple(project.class_names),
        )

    @property
    def last(self) -> RunRecord | None:
        """The latest run."""
        return self.rows[0].record if self.rows else None


def run_rows(project: Project, runs: Sequence[RunRecord]) -> tuple[RunRow, ...]:
    """A row for each run, with the card of its model where there is one."""
    return tuple(
        RunRow(run, taken, seconds_left(project.runs_dir / run.id) if run.resumable else None)
        for run, taken in zip(runs, method_table(runs), strict=True)
    )
