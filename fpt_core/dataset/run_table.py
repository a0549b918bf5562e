"""The training runs of a project."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from fpt_core.dataset.project_tables import ProjectTables
from fpt_core.errors import ProjectError

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

    @property
    def resumable(self) -> bool:
        """Whether the run can go on from its checkpoint."""
        return self.status in ("stopped", "interrupted", "failed")


class RunTable(ProjectTables):
    """Runs, and whether their processes are still there."""

    def add_run(self, method: str, backbone: str, settings: dict[str, Any]) -> str:
        """Register a run of this process and return its id, which sorts by time."""
        now = datetime.now().astimezone()
        run_id = f"{now:%Y%m%d-%H%M%S}-{method.replace('+', '-plus')}-{secrets.token_hex(2)}"
        with self._database.transaction() as database:
            database.execute(
                "INSERT INTO runs (id, created, name, method, backbone, status, settings)"
                " VALUES (?, ?, ?, ?, ?, 'stopped', ?)",
                (run_id, now.isoformat(), run_id, method, backbone, json.dumps(settings)),
            )
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
        columns = ", ".join(f"{column} = ?" for column in changes)
        with self._database.transaction() as database:
            database.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*changes.values(), run_id))

    def runs(self) -> list[RunRecord]:
        """All runs, the newest first."""
        with self._database.connected() as database:
            rows = database.execute("SELECT * FROM runs ORDER BY created DESC, id DESC").fetchall()
        return [self._run_record(row) for row in rows]

    def run(self, run_id: str) -> RunRecord:
        """One run.

        Raises:
            ProjectError: If there is no run of that id.
        """
        for run in self.runs():
            if run.id == run_id:
                return run
        raise ProjectError(
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
