"""A Training panel on a small project, and runs to show in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.training_panel.training_panel import TrainingPanel
from fpt_core.dataset.project import Project
from fpt_core.dataset.run_folder import EVENTS, write_metrics
from fpt_core.events import EpochCompleted, StepCompleted, to_record
from fpt_core.jobs.requests import PrepareRequest, TrainRequest
from fpt_core.jobs.run_log import to_settings
from tests.app.samples import make_project

AddRun = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


@pytest.fixture
def panel(qtbot: QtBot, project: Project) -> Iterator[TrainingPanel]:
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 640)
    panel.show()
    panel.set_project(project)
    yield panel
    panel.close_readers()


@pytest.fixture
def add_run(project: Project) -> AddRun:
    """Adds a run with settings and curves as the training job keeps them."""

    def add(
        method: str = "fpt+",
        auc: float | None = None,
        status: str = "finished",
        epochs: int = 3,
        steps: int = 0,
        **training: Any,
    ) -> str:
        from fpt_core.config import TrainingConfig

        request = TrainRequest(PrepareRequest(project.path, method), TrainingConfig(**training))
        run = project.add_run(method, "vit_tiny", to_settings(request, project.recipe()))
        metrics = {} if auc is None else {"test": {"auc": auc, "auc_interval": [auc - 0.1, 1.0]}}
        project.update_run(run, status=status, metrics=metrics)
        folder = project.runs_dir / run
        folder.mkdir()
        write_metrics(
            folder,
            [
                EpochCompleted(number, epochs, 0.7, 0.6, 0.5 + 0.1 * number, True, 1.0)
                for number in range(1, epochs + 1)
            ],
        )
        told = [StepCompleted(1, n, 12, 0.7, 1e-3, 0, 8.0, 10.0 * n) for n in range(1, steps + 1)]
        lines = [json.dumps(to_record(event)) + "\n" for event in told]
        (folder / EVENTS).write_text("".join(lines), encoding="utf-8")
        return run

    return add
