"""Estimates as the job answers with them."""

from __future__ import annotations

import dataclasses

from fpt_core.jobs.estimates import Alternative, Cost, Estimate, Expected


def cost(method: str, memory_mb: int, *, fits: bool = True, disk_mb: int = 0) -> Cost:
    memory, disk = 1e6 * memory_mb, 1e6 * disk_mb
    return Cost(
        method,
        Expected(memory, 0.9 * memory, 1.1 * memory),
        Expected(disk, disk, disk),
        Expected(60.0, 50.0, 80.0),
        Expected(600.0, 500.0, 800.0),
        fits,
    )


FITS = Estimate(
    project="six.fptproject",
    backbone="vit_tiny",
    image_size=512,
    batch_size=16,
    epochs=20,
    dtype="float16",
    images=120,
    to_prepare=80,
    device="cpu",
    free_memory_bytes=7_200_000_000,
    free_disk_bytes=81_000_000_000,
    chosen=cost("fpt+", 200, disk_mb=464),
    beside=(cost("lora", 11_612, fits=False), cost("full", 13_874, fits=False)),
    problems=(),
    nearest=None,
    measured="2026-01-02T10:00:00+00:00",
    kept=False,
)
UNFIT = dataclasses.replace(
    FITS,
    chosen=cost("fpt+", 9_000, fits=False, disk_mb=464),
    problems=("It needs 9.0 GB of memory; 7.2 GB are free.",),
    nearest=Alternative("fpt+", 384, 4, "int8", "384 px and batch size 4"),
)
