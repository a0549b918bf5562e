from __future__ import annotations

from typing import Any

import pytest

from fpt_core.benchmark.estimates import _error_line, _errors


def _row(train: tuple[float, float], prepare: tuple[float, float]) -> dict[str, Any]:
    figures = {
        "memory_bytes": (100.0, 100.0),
        "disk_bytes": (0.0, 0.0),
        "prepare_s": prepare,
        "train_s": train,
    }
    return {
        part: {"value": value, "measured": took, "share": value / took if took else None}
        for part, (value, took) in figures.items()
    }


def test_runs_of_a_moment_are_left_out_of_the_shares_and_told_in_seconds() -> None:
    rows = [
        _row(train=(12, 10), prepare=(3, 1)),
        _row(train=(10, 14), prepare=(0.2, 0.1)),
        _row(train=(0.9, 0.1), prepare=(1, 1.5)),
    ]
    found = _errors(rows)

    assert found["train_s"] == {
        "median": pytest.approx(0.3),
        "largest": pytest.approx(0.4),
        "counted": 2,
        "left_out": 1,
        "left_out_off_s": pytest.approx(0.8),
    }
    assert _error_line("train_s", found["train_s"]) == (
        "train_s        usually off by 30%, at most 40%; left out: 1 that took less than 2 s, "
        "off by at most 0.8 s"
    )
    assert _error_line("prepare_s", found["prepare_s"]) == (
        "prepare_s      nothing to judge by; left out: 3 that took less than 2 s, "
        "off by at most 2.0 s"
    )
    assert _error_line("memory_bytes", found["memory_bytes"]) == (
        "memory_bytes   usually off by 0%, at most 0%"
    )
    assert found["disk_bytes"]["counted"] == found["disk_bytes"]["left_out"] == 0
