"""Every method side by side, and the fast path against the published way, in one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any

from fpt_core.benchmark.case import METHODS, Case, Measurement, Method, Stage, Way
from fpt_core.benchmark.measure import measure
from fpt_core.config import PRESETS, StoreDtype
from fpt_core.device import resolve_device
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.environment import machine

_QUICK_BACKBONE = "vit_tiny_patch16_224"


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What to measure; the defaults are the published setting."""

    backbone: str = "vit_base_patch16_384"
    image_sizes: tuple[int, ...] = (224, 512, 1024)
    reference_size: int = 512
    """Where the published way is measured too."""
    batch_size: int = 16
    prepare_batches: tuple[int, ...] = (1, 4)
    methods: tuple[Method, ...] = METHODS
    device: str = "auto"
    repeats: int = 4
    """Rounds in each process."""
    processes: int = 2
    """Processes for each case, ours and the published way in turn; the quickest counts."""

    @classmethod
    def quick(cls) -> SideBySide:
        """Under a minute on two cores: a ViT-Tiny at the published size."""
        return cls(
            backbone=_QUICK_BACKBONE,
            image_sizes=(512,),
            prepare_batches=(1,),
            repeats=2,
            processes=1,
        )


def side_by_side(plan: SideBySide) -> Generator[Event, None, None]:
    """Measure; ``Finished`` carries the rows of the table and the ratios."""
    cases = list(dict.fromkeys(_cases(plan)))
    found: dict[Case, Measurement] = {}
    total = len(cases) * plan.processes
    for done in range(total):
        yield Progress("Measuring", done, total)
        case = cases[done % len(cases)]
        found[case] = _better(found.get(case), measure(case))
    yield Progress("Measuring", total, total)
    measurements = [found[case] for case in cases]
    yield Finished(
        {
            "machine": machine(),
            "plan": dataclasses.asdict(plan),
            "ratios": _ratios(plan, measurements),
            "measurements": [dataclasses.asdict(measurement) for measurement in measurements],
        }
    )


def _cases(plan: SideBySide) -> Iterable[Case]:
    device = str(resolve_device(plan.device))

    def case(stage: Stage, method: Method, way: Way, size: int, batch: int) -> Case:
        dtype: StoreDtype = "float16" if way == "ours" else "float32"
        return Case(stage, method, way, plan.backbone, size, batch, device, plan.repeats, dtype)

    reference = plan.reference_size
    for method in plan.methods:
        if method in PRESETS and reference in plan.image_sizes:
            for way in ("plain", "ours"):
                for batch in plan.prepare_batches:
                    yield case("prepare", method, way, reference, batch)
                yield case("train", method, way, reference, plan.batch_size)
        for size in plan.image_sizes:
            if method not in ("full", "lora"):
                yield case("prepare", method, "ours", size, 1)
            yield case("train", method, "ours", size, plan.batch_size)


def _better(old: Measurement | None, new: Measurement) -> Measurement:
    """The quicker of two, with the smaller growth: noise only ever adds."""
    if old is None:
        return new
    best = min(old, new, key=lambda measurement: measurement.seconds)
    return dataclasses.replace(
        best,
        growth_bytes=min(old.growth_bytes, new.growth_bytes),
        sampled_bytes=min(old.sampled_bytes, new.sampled_bytes),
    )


def _ratios(plan: SideBySide, measurements: list[Measurement]) -> list[dict[str, Any]]:
    """How many times as fast as the published way, and which share of its memory."""
    ratios = []
    for plain in measurements:
        if plain.case.way != "plain":
            continue
        [ours] = [m for m in measurements if m.case == _counterpart(plain.case)]
        ratios.append(
            {
                "stage": plain.case.stage,
                "method": plain.case.method,
                "image_size": plain.case.image_size,
                "batch_size": plain.case.batch_size,
                "times_as_fast": plain.seconds / ours.seconds,
                "share_of_memory": ours.growth_bytes / max(plain.growth_bytes, 1),
                "share_of_store": ours.store_bytes / plain.store_bytes,
            }
        )
    full = [m for m in measurements if m.case.method == "full"]
    for ours in measurements:
        for whole in full:
            case = ours.case
            same = (case.stage, case.image_size) == ("train", whole.case.image_size)
            if same and case.way == "ours" and case.method in PRESETS:
                ratios.append(
                    {
                        "stage": "train",
                        "method": case.method,
                        "image_size": case.image_size,
                        "batch_size": case.batch_size,
                        "share_of_full_finetuning": ours.growth_bytes / whole.growth_bytes,
                    }
                )
    return ratios


def _counterpart(plain: Case) -> Case:
    return dataclasses.replace(plain, way="ours", dtype="float16")
