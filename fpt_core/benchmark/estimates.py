"""Estimates before a run against what the run then took: memory, disk and time."""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fpt_core.config import StoreDtype, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.demo_images import draw_sample
from fpt_core.device import resolve_device
from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.apart import apart, outcome
from fpt_core.jobs.environment import machine
from fpt_core.jobs.estimates import Estimate, Expected
from fpt_core.jobs.miniature import Watch
from fpt_core.jobs.requests import (
    BackboneChoice,
    EstimateRequest,
    ImportRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run

_PATIENTS_PER_CLASS = 4
"""Times three images times three classes."""
_ORIGINALS_PX = 768
_PARTS = ("memory_bytes", "disk_bytes", "prepare_s", "train_s")
_LEAST_S = 2.0
"""Of a run whose time counts: a share of less says nothing to one who waits."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is estimated and then done, with random weights."""

    method: str
    backbone: str = "vit_tiny_patch16_224"
    image_size: int = 512
    batch_size: int = 16
    epochs: int = 4
    dtype: StoreDtype = "float16"


SETTINGS = (
    Setting("auto", image_size=384),
    Setting("fpt+", batch_size=8),
    Setting("fpt+", dtype="int8"),
    Setting("fpt+", "vit_small_patch16_224", 384),
    Setting("fpt+", "vit_base_patch16_224", 224, epochs=10),
    Setting("fpt", image_size=384),
    Setting("attentive-probe", image_size=384),
    Setting("linear-probe", image_size=384),
    Setting("lora", image_size=224, batch_size=8, epochs=2),
    Setting("full", image_size=224, batch_size=8, epochs=2),
)


def estimates(settings: Sequence[Setting] = SETTINGS) -> Generator[Event, None, None]:
    """Estimate and then run every setting; ``Finished`` carries both and how far they differ."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="fpt-benchmark-") as name:
        folder = Path(name)
        labels = yield from draw_sample(folder / "images", _PATIENTS_PER_CLASS, size=_ORIGINALS_PX)
        for done, setting in enumerate(settings):
            yield Progress("Estimating and running", done, len(settings))
            project = folder / f"study-{done}"
            list(run(ImportRequest(project, labels)))
            rows.append(_row(setting, Project.open(project).path))
    yield Progress("Estimating and running", len(settings), len(settings))
    yield Finished({"machine": machine(), "rows": rows, "errors": _errors(rows)})


def _row(setting: Setting, project: Path) -> dict[str, Any]:
    """One setting: the estimate, then the run in a fresh process, as a worker has one."""
    request = _request(setting, project)
    *_, last = run(EstimateRequest(request.prepare, request.training, True, ()))
    assert isinstance(last, Finished), "the last event"
    chosen = Estimate.from_dict(last.result).chosen
    measured = outcome(apart(_really, request))
    parts: dict[str, Any] = {}
    for part in _PARTS:
        expected: Expected = getattr(chosen, part)
        parts[part] = {
            **asdict(expected),
            "measured": measured[part],
            "share": expected.value / measured[part] if measured[part] else None,
        }
    return {"setting": asdict(setting), **parts}


def _request(setting: Setting, project: Path) -> TrainRequest:
    prepare = PrepareRequest(
        project,
        setting.method,
        BackboneChoice(setting.backbone, allow_random=True),
        image_size=setting.image_size,
        device="cpu",
    )
    return TrainRequest(
        dataclasses.replace(prepare, dtype=setting.dtype),
        TrainingConfig(epochs=setting.epochs, batch_size=setting.batch_size),
    )


def _really(request: TrainRequest) -> dict[str, float]:
    """Run the whole job and say what it took."""
    watch = Watch(resolve_device(request.prepare.device))
    for event in run(request):
        watch.see(event)
    store = Project.open(request.prepare.project).features_dir
    prepare_s = watch.seconds["load"] + watch.seconds["prepare"]
    whole_s = sum(watch.seconds.values()) + sum(watch.steps_s) + sum(watch.epochs_s)
    return {
        "memory_bytes": max(watch.peak_bytes.values()),
        "disk_bytes": sum(file.stat().st_size for file in store.rglob("*.bin")),
        "prepare_s": prepare_s,
        "train_s": whole_s - prepare_s,
    }


def _errors(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """How far estimates lie from measurements: the middle one and the farthest, as shares.

    Times below ``_LEAST_S`` are left out, and their number and farthest error told in seconds.
    """
    found = {}
    for part in _PARTS:
        least = _LEAST_S if part.endswith("_s") else 0
        figures = [row[part] for row in rows if row[part]["share"]]
        long = [figure["share"] for figure in figures if figure["measured"] >= least]
        short = [abs(one["value"] - one["measured"]) for one in figures if one["measured"] < least]
        off = [max(share, 1 / share) - 1 for share in long]
        found[part] = {
            "median": statistics.median(off) if off else 0.0,
            "largest": max(off, default=0.0),
            "counted": len(off),
            "left_out": len(short),
            "left_out_off_s": max(short, default=0.0),
        }
    return found


def print_estimates(result: dict[str, Any]) -> None:
    """A line for each setting: estimate, and what it then was."""
    print(
        f"{'method':<16} {'backbone':<24} {'px':>4} {'batch':>5}  "
        f"{'memory MB':>14} {'disk MB':>14} {'prepare s':>14} {'train s':>14}"
    )
    for row in result["rows"]:
        setting = row["setting"]
        figures = " ".join(
            f"{_pair(row[part], 1e6 if part.endswith('bytes') else 1):>14}" for part in _PARTS
        )
        print(
            f"{setting['method']:<16} {setting['backbone']:<24} {setting['image_size']:>4} "
            f"{setting['batch_size']:>5}  {figures}"
        )
    for part, off in result["errors"].items():
        print(_error_line(part, off))


def _error_line(part: str, off: dict[str, float]) -> str:
    usual = f"usually off by {off['median']:.0%}, at most {off['largest']:.0%}"
    line = f"{part:<14} {usual if off['counted'] else 'nothing to judge by'}"
    if not off["left_out"]:
        return line
    return (
        f"{line}; left out: {off['left_out']} that took less than {_LEAST_S:g} s, "
        f"off by at most {off['left_out_off_s']:.1f} s"
    )


def _pair(figure: dict[str, float], unit: float) -> str:
    return f"{figure['value'] / unit:,.0f} : {figure['measured'] / unit:,.0f}"
