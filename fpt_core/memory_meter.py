"""How far a process's memory grows: sampled, and by the kernel's own high-water mark."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

import psutil
import torch

_SAMPLE_EVERY_S = 0.005
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_HIGH_WATER_MARK = "5"


def high_water_bytes() -> int | None:
    """The kernel's high-water mark of this process's resident memory, where it tells one."""
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = getattr(psutil.Process().memory_info(), "peak_wset", None)  # Windows
    return None if peak is None else int(peak)


class MemoryMeter:
    """Measures what happens between entering and leaving it.

    Attributes:
        growth_bytes: By the kernel's high-water mark where that can be reset, otherwise
            sampled; on a GPU the peak that torch allocated beyond what was there.
        sampled_bytes: The same, sampled every 5 ms.
        reserved_bytes: The peak that torch reserved on the GPU; 0 on the CPU.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.growth_bytes = self.sampled_bytes = self.reserved_bytes = 0
        self._process = psutil.Process()
        self._ended = threading.Event()

    def __enter__(self) -> MemoryMeter:
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            self._allocated = torch.cuda.memory_allocated(self._device)
        self._kernel_counts = _reset_high_water_mark()
        self._base = self._sampled_peak = self._process.memory_info().rss
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._sampler.join()
        self.sampled_bytes = self._sampled_peak - self._base
        peak = high_water_bytes() if self._kernel_counts else None
        self.growth_bytes = self.sampled_bytes if peak is None else peak - self._base
        if self._device.type == "cuda":
            self.growth_bytes = torch.cuda.max_memory_allocated(self._device) - self._allocated
            self.reserved_bytes = torch.cuda.max_memory_reserved(self._device)

    def _sample(self) -> None:
        while not self._ended.wait(_SAMPLE_EVERY_S):
            self._sampled_peak = max(self._sampled_peak, self._process.memory_info().rss)


def _reset_high_water_mark() -> bool:
    try:
        _CLEAR.write_text(_RESET_HIGH_WATER_MARK)
    except OSError:
        return False
    return True
