"""On what a run computes: what must be the same for the same weights, bit for bit.

On the CPU the same images, settings, seed, versions of the software, processor instructions
and number of threads give the same weights, also when a run is stopped or killed and resumed.
The threads are therefore kept and used again; what else is different is told.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psutil
import torch

from fpt_core.bundle import software_versions
from fpt_core.version import __version__

_TOLD = {
    "versions": "other versions of the software",
    "instructions": "a processor with other instructions",
    "device": "another device",
    "gpu": "another graphics card",
}


def machine() -> dict[str, Any]:
    """The hardware, and how torch uses it."""
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "memory_bytes": psutil.virtual_memory().total,
        "gpu": gpu,
        "torch": torch.__version__,
    }


def environment(device: torch.device, split_fingerprint: str) -> dict[str, Any]:
    """What a run's folder says of its program, machine and images, JSON-ready."""
    return {
        "program": __version__,
        "versions": software_versions(),
        **machine(),
        "device": device.type,
        "split_fingerprint": split_fingerprint,
    }


@contextmanager
def with_threads(number: int) -> Iterator[None]:
    """Compute with so many threads, and afterwards with as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not as it was, in words."""
    different = [words for name, words in _TOLD.items() if before.get(name) != now[name]]
    if before.get("split_fingerprint") != now["split_fingerprint"]:
        different.append("other images, labels or splits")
    return different


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1] for line in file if line.startswith("model name")]
        return names[0].strip()
    except (OSError, IndexError):
        return platform.processor() or platform.machine()
