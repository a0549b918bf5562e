"""The training runs of a project."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from fpt_core.dataset.project_tables import ProjectTables
from fpt_core.errors import ProjectError, translate_os_error

RUNS = "runs"
"""The folder in which every run has one of its own."""
_CLOCK_TOLERANCE_S = 2.0
"""The start of a process is told relative to the boot time, which setting the clock moves."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One training run."""

    id: str
    created: str
    name: str
    method: str
    backbone: str
    status: str
    """running, finished, stopped, failed, or interrupted where its process is gone."""
    settings: dict[str, Any]
    metrics: dict[str, Any]
    """By split."""
    model_path: Path | None
    note: str = ""
    """What a person wrote of it."""
    starred: bool = False
    trashed: str | None = None
    """When it was put into the trash; ``None``: it is not there."""

    @property
    def resumable(self) -> bool:
        """Whether the run can go on from its checkpoint."""
        return self.status in ("stopped", "interrupted", "failed")


class RunTable(ProjectTables):
    """Runs, and whether their processes are still there."""

    def add_run(
        self, method: str, backbone: str, settings: dict[str, Any], queued: int | None = None
    ) -> str:
        """Register a run of this process and return its id, which sorts by time.

        Args:
            method: What is trained.
            backbone: On which one.
            settings: All that reproduces it.
            queued: The queue's entry that it was, which is there no longer from now on.
        """
        now = datetime.now().astimezone()
        run_id = f"{now:%Y%m%d-%H%M%S}-{method.replace('+', '-plus')}-{secrets.token_hex(2)}"
        with self._database.transaction() as database:
            database.execute(
                "INSERT INTO runs (id, created, name, method, backbone, status, settings)"
                " VALUES (?, ?, ?, ?, ?, 'stopped', ?)",
                (run_id, now.isoformat(), run_id, method, backbone, json.dumps(settings)),
            )
            database.execute("DELETE FROM queue WHERE id = ?", (queued,))
        return run_id

    def update_run(
        self,
        run_id: str,
        status: str | None = None,
        backbone: str | None = None,
        metrics: dict[str, Any] | None = None,
        model_path: Path | None = None,
    ) -> None:
        """Change what is given; ``running`` is tied to the present process."""
        changes: dict[str, Any] = {}
        if status is not None:
            changes["status"] = status
        if status == "running":
            changes["pid"] = os.getpid()
            changes["process_started"] = psutil.Process().create_time()
        if backbone is not None:
            changes["backbone"] = backbone
        if metrics is not None:
            changes["metrics"] = json.dumps(metrics)
        if model_path is not None:
            changes["model_path"] = self._relative(model_path)
        self._change_run(run_id, changes)

    def rename_run(self, run_id: str, name: str) -> None:
        """Call a run otherwise; its id stays.

        Raises:
            ProjectError: If there is no such run, or the name is empty.
        """
        if not name.strip():
            raise ProjectError("A run needs a name.", "Write one.")
        self._change_run(run_id, {"name": name.strip()})

    def note_run(self, run_id: str, note: str) -> None:
        """Write down what is worth remembering of a run; an empty text removes it."""
        self._change_run(run_id, {"note": note.strip()})

    def star_run(self, run_id: str, starred: bool = True) -> None:
        """Mark a run, or take the mark away."""
        self._change_run(run_id, {"starred": int(starred)})

    def trash_run(self, run_id: str) -> None:
        """Put a run into the trash; its folder stays until the trash is emptied.

        Raises:
            ProjectError: If there is no such run, or it is running.
        """
        if self.run(run_id).status == "running":
            raise ProjectError(
                f"The run {run_id} is running, so it cannot be deleted.", "Stop it first."
            )
        self._change_run(run_id, {"trashed": datetime.now().astimezone().isoformat()})

    def restore_run(self, run_id: str) -> None:
        """Take a run out of the trash."""
        self._change_run(run_id, {"trashed": None})

    def empty_trash(self) -> int:
        """Delete the runs in the trash for good, and return how many there were.

        Raises:
            FptError: If a folder cannot be deleted; its run then stays in the trash.
        """
        trashed = self.runs(trashed=True)
        for run in trashed:
            folder = self.path / RUNS / run.id
            try:
                if folder.exists():
                    shutil.rmtree(folder)
            except OSError as error:
                raise translate_os_error(error, folder) from error
            with self._database.transaction() as database:
                database.execute("DELETE FROM runs WHERE id = ?", (run.id,))
        return len(trashed)

    def runs(self, trashed: bool = False) -> list[RunRecord]:
        """All runs, or those in the trash, the newest first."""
        return [run for run in self._all_runs() if (run.trashed is not None) == trashed]

    def run(self, run_id: str) -> RunRecord:
        """One run, in the trash or not.

        Raises:
            ProjectError: If there is no run of that id.
        """
        for run in self._all_runs():
            if run.id == run_id:
                return run
        raise self._no_run(run_id)

    def _all_runs(self) -> list[RunRecord]:
        with self._database.connected() as database:
            rows = database.execute("SELECT * FROM runs ORDER BY created DESC, id DESC").fetchall()
        return [self._run_record(row) for row in rows]

    def _change_run(self, run_id: str, changes: dict[str, Any]) -> None:
        columns = ", ".join(f"{column} = ?" for column in changes)
        with self._database.transaction() as database:
            values = (*changes.values(), run_id)
            if not database.execute(f"UPDATE runs SET {columns} WHERE id = ?", values).rowcount:
                raise self._no_run(run_id)

    def _no_run(self, run_id: str) -> ProjectError:
        return ProjectError(
            f"The project {self.path.name} has no run {run_id!r}.",
            "`fpt compare` lists the runs that there are.",
        )

    def _run_record(self, row: sqlite3.Row) -> RunRecord:
        status = row["status"]
        if status == "running" and not _is_alive(row["pid"], row["process_started"]):
            status = "interrupted"
        model = row["model_path"]
        return RunRecord(
            id=row["id"],
            created=row["created"],
            name=row["name"],
            method=row["method"],
            backbone=row["backbone"],
            status=status,
            settings=json.loads(row["settings"]),
            metrics=json.loads(row["metrics"]),
            model_path=None if model is None else self._absolute(model),
            note=row["note"],
            starred=bool(row["starred"]),
            trashed=row["trashed"],
        )


def _is_alive(pid: int | None, started: float | None) -> bool:
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - (started or 0.0)) < _CLOCK_TOLERANCE_S
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
