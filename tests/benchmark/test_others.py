"""The smaller benchmarks, in their smallest form: they run, and say what they measured."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

from fpt_core.benchmark.estimates import Setting, estimates, print_estimates
from fpt_core.benchmark.scale import print_scale, scale
from fpt_core.benchmark.start import print_start, start
from fpt_core.benchmark.whole_job import print_whole_job, whole_job
from fpt_core.events import Event, Finished


def _result(events: Generator[Event, None, None]) -> dict[str, Any]:
    last = list(events)[-1]
    assert isinstance(last, Finished)
    return json.loads(json.dumps(dict(last.result)))  # type: ignore[no-any-return]


def test_scale(capsys: pytest.CaptureFixture[str]) -> None:
    result = _result(scale((40, 80)))
    assert [row["images"] for row in result["rows"]] == [40, 80]
    assert result["rows"][1]["store_bytes"] == 2 * result["rows"][0]["store_bytes"]
    assert all(row["first_step_s"] > 0 < row["growth_bytes"] for row in result["rows"])
    print_scale(result)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_whole_job(capsys: pytest.CaptureFixture[str]) -> None:
    result = _result(whole_job(images=16))
    ours = result["ours"]
    assert ours["whole_s"] == pytest.approx(ours["prepare_s"] + 20 * ours["epoch_s"])
    assert set(result["times_as_fast"]) == set(ours)
    print_whole_job(result)
    assert "published way" in capsys.readouterr().out


def test_estimates(capsys: pytest.CaptureFixture[str]) -> None:
    result = _result(estimates([Setting("fpt+", image_size=64, batch_size=4, epochs=1)]))
    [row] = result["rows"]
    assert row["disk_bytes"]["share"] == 1
    assert all(row[part]["measured"] > 0 for part in ("memory_bytes", "prepare_s", "train_s"))
    assert set(result["errors"]) == {"memory_bytes", "disk_bytes", "prepare_s", "train_s"}
    print_estimates(result)
    assert "usually off by" in capsys.readouterr().out


def test_start(capsys: pytest.CaptureFixture[str]) -> None:
    result = _result(start())
    names = [found["name"] for found in result["starts"]]
    assert names == ["fpt --help", "import app.main_window", "window usable"]
    assert all(0 < found["seconds"] < 60 for found in result["starts"])
    print_start(result)
    assert "goal 1.5 s" in capsys.readouterr().out
