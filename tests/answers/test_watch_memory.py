from __future__ import annotations

import csv
from pathlib import Path

from fpt_core.answers.watch_memory import WatchMemory

_A, _B = "a" * 64, "b" * 64
_ROW = ["now", "name.png", "ill", "0.75", "no", ""]


def _rows(log: Path) -> list[str]:
    with log.open(encoding="utf-8-sig", newline="") as file:
        return [row["content"] for row in csv.DictReader(file)]


def test_what_was_kept_is_known_after_a_restart_and_to_its_model_only(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    memory = WatchMemory(log, "1" * 64)
    memory.keep(_A, _ROW)
    memory.close()
    again, other = WatchMemory(log, "1" * 64), WatchMemory(log, "2" * 64)
    assert again.knows(_A)
    assert not again.knows(_B)
    assert not other.knows(_A)
    other.keep(_A, _ROW)
    again.close()
    other.close()
    assert len(_rows(log)) == 2


def test_a_log_that_a_kill_cut_is_made_whole_without_doubles(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    memory = WatchMemory(log, "1" * 64)
    memory.keep(_A, _ROW)
    memory.keep(_B, ["now", 'a "quoted", näme.png', "ill", "0.75", "no", ""])
    memory.close()
    whole = log.read_bytes()
    for cut in (1, 30, len(whole) // 2, len(whole)):
        log.write_bytes(whole[: len(whole) - cut])
        WatchMemory(log, "1" * 64).close()
        assert log.read_bytes() == whole
