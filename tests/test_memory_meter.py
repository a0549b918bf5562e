from __future__ import annotations

import time

import numpy as np
import torch

from fpt_core.memory_meter import MemoryMeter

_MIB = 2**20


def test_sees_memory_that_is_given_back_again() -> None:
    with MemoryMeter(torch.device("cpu")) as meter:
        held = np.ones(64 * _MIB, np.uint8)
        time.sleep(0.1)
        del held
    for growth in (meter.growth_bytes, meter.sampled_bytes):
        assert 60 * _MIB < growth < 100 * _MIB
    assert meter.reserved_bytes == 0


def test_counts_growth_alone() -> None:
    held = np.ones(64 * _MIB, np.uint8)
    with MemoryMeter(torch.device("cpu")) as meter:
        held[0] = 2
    assert meter.growth_bytes < 16 * _MIB
