"""Measure a case in a fresh process; the quickest round counts."""

from __future__ import annotations

import dataclasses
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from fpt_core.benchmark.case import Case, Measurement
from fpt_core.benchmark.workloads import Workload, workload
from fpt_core.memory_meter import MemoryMeter

_FITTED_BATCHES = (1, 2)
_THROUGH_BACKBONE = ("full", "lora")
_JOB = "fpt_core.jobs.train"

Result = TypeVar("Result")


def measure(case: Case) -> Measurement:
    """What ``case`` costs; where it does not fit, a straight line through smaller batches."""
    if case.device == "cpu" and case.method in _THROUGH_BACKBONE:
        first, second = (
            _measured(dataclasses.replace(case, batch_size=batch)) for batch in _FITTED_BATCHES
        )
        return _continued(case, first, second)
    return _measured(case)


def _measured(case: Case) -> Measurement:
    with tempfile.TemporaryDirectory(prefix="fpt-benchmark-") as name:
        work = in_fresh_process(workload, case, Path(name))
        return in_fresh_process(_run, case, work)


def _run(case: Case, work: Workload) -> Measurement:
    _warm_up()
    rounds = work.rounds()
    next(rounds)
    with MemoryMeter(torch.device(case.device)) as meter:
        seconds = min(rounds)
    return Measurement(
        case=case,
        seconds=seconds,
        growth_bytes=meter.growth_bytes,
        sampled_bytes=meter.sampled_bytes,
        reserved_bytes=meter.reserved_bytes,
        learnable=work.size.learnable,
        parameters=work.size.parameters,
        store_bytes=work.size.store_bytes,
    )


def _warm_up() -> None:
    """Start torch's threads and libraries, which belong to no case."""
    layers = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.LazyLinear(8), nn.GELU())
    layers(torch.randn(4, 3, 16, 16)).sum().backward()


def _continued(case: Case, first: Measurement, second: Measurement) -> Measurement:
    """The straight line through two batch sizes, at the case's own."""
    a, b = first.case.batch_size, second.case.batch_size
    share = (case.batch_size - a) / (b - a)

    def at(name: str) -> float:
        low, high = getattr(first, name), getattr(second, name)
        return float(max(high, low + share * (high - low)))  # more images never take less

    return dataclasses.replace(
        first,
        case=case,
        seconds=at("seconds"),
        growth_bytes=int(at("growth_bytes")),
        sampled_bytes=int(at("sampled_bytes")),
        extrapolated_from=(a, b),
    )


def in_fresh_process(function: Callable[..., Result], *arguments: object) -> Result:
    """Call ``function`` in a process that has imported torch and done nothing with it."""
    with ProcessPoolExecutor(1, mp_context=process_context()) as pool:
        return pool.submit(function, *arguments).result()


def process_context() -> multiprocessing.context.BaseContext:
    """Of processes that are fresh but start at once, where the system can do that."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, _JOB])
    return context
