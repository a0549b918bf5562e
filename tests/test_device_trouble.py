"""What devices say, in words for people."""

from __future__ import annotations

import pytest
import torch

from fpt_core.device_trouble import LackOfMemoryError, told
from fpt_core.errors import TrainingError


def _meet(error: BaseException) -> None:
    with told():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory"),
    ],
)
def test_memory_that_runs_out_is_told(error: BaseException) -> None:
    with pytest.raises(LackOfMemoryError, match="There is not enough memory") as lack:
        _meet(error)
    assert "smaller image size" in lack.value.remedy


def test_more_than_this_machine_has_is_told() -> None:
    with pytest.raises(LackOfMemoryError), told():
        torch.empty(2**60, dtype=torch.uint8)


def test_a_card_that_is_gone_is_told() -> None:
    lost = RuntimeError("CUDA error: unspecified launch failure")
    with pytest.raises(TrainingError, match="graphics card stopped answering") as gone:
        _meet(lost)
    assert not isinstance(gone.value, LackOfMemoryError)
    assert "resumes from its last checkpoint" in gone.value.remedy


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes") as other:
        _meet(RuntimeError("shapes do not match"))
    assert not isinstance(other.value, TrainingError)
