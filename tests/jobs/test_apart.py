"""Functions in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Generator
from typing import Any

import psutil
import pytest

from fpt_core.errors import ConfigError
from fpt_core.jobs.apart import ProcessDiedError, apart

LIMIT_S = 60


def _add(first: int, second: int) -> tuple[int, int]:
    return first + second, os.getpid()


def _refuse() -> None:
    raise ConfigError("It cannot be.", "Change it.")


def _die() -> None:
    os._exit(9)


def _sleep() -> None:
    time.sleep(600)


def _answer(waiting: Generator[None, None, Any]) -> Any:
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            return end.value


def test_answers_from_another_process() -> None:
    total, pid = _answer(apart(_add, 2, 3))
    assert total == 5
    assert pid != os.getpid()
    assert not psutil.pid_exists(pid)


def test_what_was_refused_there_is_refused_here() -> None:
    with pytest.raises(ConfigError, match="It cannot be") as refused:
        _answer(apart(_refuse))
    assert refused.value.remedy == "Change it."


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(ProcessDiedError, match="most likely for lack of memory"):
        _answer(apart(_die))


def _measure_for_ever() -> None:
    for _ in apart(_sleep):
        pass


def test_does_not_outlive_who_asked_for_it() -> None:
    asking = multiprocessing.get_context("spawn").Process(target=_measure_for_ever)
    asking.start()
    measuring: list[psutil.Process] = []
    while not measuring:
        time.sleep(0.1)
        measuring = [
            child
            for child in psutil.Process(asking.pid).children()
            if any("spawn_main" in part for part in child.cmdline())
        ]
    asking.kill()
    asking.join()
    asking.close()
    _, alive = psutil.wait_procs(measuring, timeout=LIMIT_S)
    assert alive == []


def test_is_ended_when_it_is_no_longer_wanted() -> None:
    waiting = apart(_sleep)
    next(waiting)
    [process] = [
        child
        for child in psutil.Process().children()
        if any("spawn_main" in part for part in child.cmdline())
    ]
    waiting.close()
    assert not process.is_running()
