"""What will compute, in plain words, found without torch."""

from __future__ import annotations

import os

import pynvml


def device_sentence() -> str:
    """One line: what will be used and, where it is not a GPU, why."""
    processor = f"Processor, {os.cpu_count()} cores"
    gpu = _gpu_name()
    if gpu is None:
        return f"{processor} (no NVIDIA GPU found)"
    from importlib.metadata import PackageNotFoundError, version  # brings the email package

    try:
        build = version("torch")
    except PackageNotFoundError:
        build = ""
    if build.endswith("+cpu"):
        return f"{processor} (the installed torch cannot use the {gpu})"
    return f"GPU: {gpu}"


def _gpu_name() -> str | None:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    try:
        if pynvml.nvmlDeviceGetCount() == 0:
            return None
        return str(pynvml.nvmlDeviceGetName(pynvml.nvmlDeviceGetHandleByIndex(0)))
    except pynvml.NVMLError:
        return None
    finally:
        pynvml.nvmlShutdown()
