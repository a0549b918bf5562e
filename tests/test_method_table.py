from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from fpt_core.bundle import Bundle, save_bundle
from fpt_core.dataset.run_table import RunRecord
from fpt_core.method_table import MethodRow, method_table
from fpt_core.model_card import TrainingCost
from tests.test_model_file import CARD

COST = TrainingCost(1_000, 100_000, 3.0, 7.0, 200_000_000, 1_000_000_000, "cpu")
METRICS = {"test": {"auc": 0.8}}


def _run(folder: Path, run_id: str, method: str, cost: TrainingCost | None) -> RunRecord:
    path = folder / f"{run_id}.fpt"
    card = dataclasses.replace(CARD, method=method, cost=cost)
    save_bundle(path, Bundle(card, {"a": torch.zeros(1)}))
    return RunRecord(run_id, "now", run_id, method, "vit", "finished", {}, METRICS, path)


def _rows(*runs: RunRecord) -> dict[str, MethodRow]:
    return {row.run: row for row in method_table(runs)}


def test_without_full_fine_tuning_its_memory_is_estimated(tmp_path: Path) -> None:
    row = _rows(_run(tmp_path, "a", "fpt+", COST))["a"]
    assert row.image_size == 64
    assert row.memory_ratio == pytest.approx(0.2)
    assert not row.ratio_measured
    assert row.ppe == pytest.approx(0.8 * 0.9957, abs=1e-4)
    assert row.pme == pytest.approx(0.8 * 0.9239, abs=1e-4)


def test_full_fine_tuning_of_the_project_is_the_measure(tmp_path: Path) -> None:
    full = dataclasses.replace(COST, peak_memory_bytes=400_000_000)
    rows = _rows(_run(tmp_path, "a", "fpt+", COST), _run(tmp_path, "b", "full", full))
    assert [row.memory_ratio for row in rows.values()] == [0.5, 1.0]
    assert all(row.ratio_measured for row in rows.values())


def test_full_fine_tuning_elsewhere_is_no_measure(tmp_path: Path) -> None:
    full = dataclasses.replace(COST, peak_memory_bytes=1, device="NVIDIA H100")
    rows = _rows(_run(tmp_path, "a", "fpt+", COST), _run(tmp_path, "b", "full", full))
    assert rows["a"].memory_ratio == pytest.approx(0.2)


def test_runs_without_a_model_or_a_cost_are_listed(tmp_path: Path) -> None:
    old = _run(tmp_path, "old", "fpt", None)
    failed = dataclasses.replace(old, id="failed", metrics={}, model_path=None)
    gone = dataclasses.replace(old, id="gone", model_path=tmp_path / "gone.fpt")
    rows = _rows(old, failed, gone)
    assert list(rows) == ["old", "failed", "gone"]
    assert all(row.ppe is None and row.pme is None for row in rows.values())
    assert rows["old"].image_size == 64
    assert rows["gone"].image_size is None
