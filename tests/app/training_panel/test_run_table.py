from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QObject, Qt
from pytestqt.qtbot import QtBot

from app.training_panel.run_columns import COLUMNS, NAME, NOTE, STAR
from app.training_panel.run_rows import RunRow, run_rows
from app.training_panel.run_table import RunFilter, RunTable, Which
from fpt_core.dataset.project import Project
from fpt_core.model_card import TrainingCost
from tests.app.training_panel.conftest import AddRun

COST = TrainingCost(
    trainable_parameters=1_000_000,
    total_parameters=100_000_000,
    preparation_s=30.0,
    training_s=60.0,
    peak_memory_bytes=200_000_000,
    full_finetuning_bytes=2_000_000_000,
    device="cpu",
)


@pytest.fixture
def table(qapp: object, project: Project, add_run: AddRun) -> RunTable:
    add_run("fpt+", auc=0.9)
    add_run("linear-probe", auc=0.8)
    add_run("fpt", status="stopped")
    table = RunTable(QObject(qapp))  # type: ignore[call-overload]
    table.set_rows([_with_cost(row) for row in run_rows(project, project.runs())])
    return table


def _with_cost(row: RunRow) -> RunRow:
    if not row.record.metrics:
        return row
    return RunRow(row.record, dataclasses.replace(row.taken, cost=COST, memory_ratio=0.1))


def number(title: str) -> int:
    return [column.title for column in COLUMNS].index(title)


def shown(table: RunTable, title: str, method: str) -> str:
    for row in range(table.rowCount()):
        if table.row(row).record.method == method:
            return table.index(row, number(title)).data()
    raise AssertionError(method)


def methods(shown: RunFilter) -> list[str]:
    return [row.record.method for row in shown.runs()]


def test_figures_stand_side_by_side(table: RunTable) -> None:
    assert shown(table, "Test AUC (95 %)", "fpt+") == "0.900 (0.800–1.000)"
    assert shown(table, "Learnable", "fpt+") == "1.00%"
    assert shown(table, "Memory", "fpt+") == "200 MB"
    assert shown(table, "Time", "fpt+") == "2 min"
    assert shown(table, "PPE", "fpt+") == "0.896"
    assert shown(table, "PME", "fpt+") == "0.864"
    assert shown(table, "Status", "fpt") == "■ Stopped"
    assert shown(table, "Test AUC (95 %)", "fpt") == ""
    assert shown(table, "PME", "fpt") == ""


@pytest.mark.parametrize("order", list(Qt.SortOrder))
def test_what_is_not_known_comes_last_whatever_the_order(
    table: RunTable, order: Qt.SortOrder
) -> None:
    runs = RunFilter(table)
    runs.sort(number("Test AUC (95 %)"), order)

    known = ["linear-probe", "fpt+"]
    if order is Qt.SortOrder.DescendingOrder:
        known.reverse()
    assert methods(runs) == [*known, "fpt"]


def test_runs_are_found_by_their_words(table: RunTable, project: Project) -> None:
    runs = RunFilter(table)
    runs.look_for("probe finished", Which.ALL)
    assert methods(runs) == ["linear-probe"]

    runs.look_for("", Which.STARRED)
    assert methods(runs) == []
    project.star_run(project.runs()[0].id)
    table.set_rows(run_rows(project, project.runs()))
    assert len(methods(runs)) == 1


def test_names_and_notes_are_written_into_cells(qtbot: QtBot, table: RunTable) -> None:
    run = table.row(0).record.id
    with qtbot.waitSignal(table.rename_wanted) as renamed:
        table.setData(table.index(0, NAME), " lung windows ")
    assert renamed.args == [run, "lung windows"]
    with qtbot.waitSignal(table.note_wanted) as noted:
        table.setData(table.index(0, NOTE), "look again")
    assert noted.args == [run, "look again"]

    with qtbot.assertNotEmitted(table.rename_wanted):
        table.setData(table.index(0, NAME), "  ")
    assert not table.flags(table.index(0, STAR)) & Qt.ItemFlag.ItemIsEditable


def test_a_star_is_told_in_words(table: RunTable) -> None:
    role = Qt.ItemDataRole.AccessibleTextRole
    assert table.index(0, STAR).data(role) == "not starred"
