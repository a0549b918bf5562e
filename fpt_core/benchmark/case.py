"""One thing to measure, and what was found; both travel between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fpt_core.config import StoreDtype

Method = Literal["full", "lora", "attentive-probe", "linear-probe", "fpt", "fpt+"]
Way = Literal["ours", "plain"]
Stage = Literal["prepare", "train"]

METHODS: tuple[Method, ...] = ("full", "lora", "attentive-probe", "linear-probe", "fpt", "fpt+")


@dataclass(frozen=True, slots=True)
class Case:
    """One stage of one method, measured in a process of its own."""

    stage: Stage
    method: Method
    way: Way
    backbone: str
    image_size: int
    batch_size: int
    device: str
    repeats: int
    """Steps, or batches, of which the quickest counts."""
    dtype: StoreDtype = "float16"
    """Of the feature store."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one case costs."""

    case: Case
    seconds: float
    """A training step, or the preparation of one image."""
    growth_bytes: int
    """Peak growth of memory: resident (kernel's high-water mark), or allocated on the GPU."""
    sampled_bytes: int
    """The same growth of resident memory, sampled."""
    reserved_bytes: int
    """Peak that torch reserved on the GPU; 0 on the CPU."""
    learnable: int
    parameters: int
    """Of backbone and method together."""
    store_bytes: int
    """On disk, for one image; 0 for a method that stores nothing."""
    extrapolated_from: tuple[int, ...] = ()
    """Batch sizes that were measured where the case's own does not fit; a straight line."""
