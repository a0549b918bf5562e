"""The import benchmark counts what it imports and leaves nothing behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from fpt_core.benchmark.import_speed import import_speed
from fpt_core.errors import ConfigError
from fpt_core.events import Finished, Progress


def test_it_measures_a_real_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    *progress, last = import_speed(40)
    assert all(isinstance(event, Progress) for event in progress)
    assert isinstance(last, Finished)
    result = last.result
    assert (result["files"], result["imported"]) == (40, 40)
    assert result["images_per_s"] == pytest.approx(40 / result["seconds"], rel=0.1)
    assert result["peak_memory_bytes"] > 2**20
    assert result["cpu_seconds"] > 0
    assert list(tmp_path.iterdir()) == []


def test_too_few_files_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least 10, not 1"):
        next(import_speed(1))
