"""The runs of a project with what each of them reached and took, read in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fpt_core.dataset.project import Project
from fpt_core.dataset.queue_table import QueuedRun
from fpt_core.dataset.run_table import RunRecord
from fpt_core.errors import FptError
from fpt_core.model_card import TrainingCost, load_card


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, and what its model file says that it took."""

    record: RunRecord
    cost: TrainingCost | None

    @classmethod
    def of(cls, record: RunRecord) -> RunRow:
        """Read the card of the run's model, where there is one."""
        if record.model_path is None:
            return cls(record, None)
        try:
            return cls(record, load_card(record.model_path).cost)
        except FptError:
            return cls(record, None)  # the run is there all the same; opening its model says why

    def figure(self, split: str, name: str) -> Any:
        """A figure of a split, where it was measured."""
        return self.record.metrics.get(split, {}).get(name)


@dataclass(frozen=True, slots=True)
class RunsSnapshot:
    """What the Training panel shows of a project."""

    rows: tuple[RunRow, ...]
    trashed: tuple[RunRow, ...]
    queue: tuple[QueuedRun, ...]
    class_names: tuple[str, ...]

    @classmethod
    def read(cls, project: Project) -> RunsSnapshot:
        """The project as it is now."""
        return cls(
            tuple(RunRow.of(run) for run in project.runs()),
            tuple(RunRow.of(run) for run in project.runs(trashed=True)),
            tuple(project.queue()),
            tuple(project.class_names),
        )

    @property
    def last(self) -> RunRecord | None:
        """The latest run."""
        return self.rows[0].record if self.rows else None
