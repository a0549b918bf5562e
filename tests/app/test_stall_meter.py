from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from app.stall_meter import StallMeter, run_events, run_events_until

BLOCKED_S = 0.15


def test_the_longest_time_without_an_answer_is_measured(qtbot: QtBot) -> None:
    meter = StallMeter()
    meter.restart()
    run_events(30)
    time.sleep(BLOCKED_S)
    run_events(30)

    assert meter.longest_ms >= 1000 * BLOCKED_S
    assert meter.longest_work_ms < meter.longest_ms, "sleep is no work"

    meter.restart()
    assert meter.longest_ms == 0


def test_waiting_has_an_end(qtbot: QtBot) -> None:
    asked: list[int] = []
    run_events_until(lambda: asked.append(1) or len(asked) > 2, timeout_s=60)
    assert len(asked) == 3

    with pytest.raises(TimeoutError, match="not ready"):
        run_events_until(lambda: False, timeout_s=0.05)
