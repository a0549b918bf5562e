"""The benchmark's figures for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_MB = 1e6

Row = dict[str, Any]


def print_side_by_side(result: dict[str, Any]) -> None:
    """One line per method and input size, then the ratios to the published way."""
    plan, machine = result["plan"], result["machine"]
    processor = machine["gpu"] or machine["processor"]
    print(
        f"{plan['backbone']}, batch {plan['batch_size']}, {processor}, {machine['cores']} cores, "
        f"torch {machine['torch']}"
    )
    print(
        f"{'method':<22} {'px':>5} {'learnable':>10} {'memory MB':>10} {'s/step':>8} "
        f"{'prepare s':>10} {'MB/image':>9}"
    )
    for row in rows(result["measurements"]):
        print(
            f"{row['method']:<22} {row['image_size']:>5} {row['learnable_share']:>10.2%} "
            f"{_number(row['train_bytes'], _MB, 0):>10} {_number(row['step_s'], 1, 3):>8} "
            f"{_number(row['prepare_s'], 1, 3):>10} {row['store_bytes'] / _MB:>9.2f}"
            + (
                f"  batches {row['extrapolated_from']}, continued"
                if row["extrapolated_from"]
                else ""
            )
        )
    for ratio in result["ratios"]:
        where = f"{ratio['method']}, {ratio['image_size']} px, batch {ratio['batch_size']}"
        if "times_as_fast" in ratio:
            print(
                f"{ratio['stage']:<8} {where:<28} {ratio['times_as_fast']:.2f} times as fast as "
                f"the published way, {ratio['share_of_memory']:.0%} of its memory"
            )
        else:
            share = ratio["share_of_full_finetuning"]
            print(f"{'train':<8} {where:<28} {share:.2%} of full fine-tuning's memory")


def rows(measurements: Sequence[dict[str, Any]]) -> list[Row]:
    """Both stages of a method at one input size, in one row."""
    found: dict[tuple[str, int], Row] = {}
    for measurement in measurements:
        case = measurement["case"]
        name = case["method"] + (", published way" if case["way"] == "plain" else "")
        row = found.setdefault((name, case["image_size"]), _empty(name, case["image_size"]))
        if case["stage"] == "train":
            row["train_bytes"] = measurement["growth_bytes"]
            row["step_s"] = measurement["seconds"]
            row["learnable_share"] = measurement["learnable"] / measurement["parameters"]
            row["extrapolated_from"] = list(measurement["extrapolated_from"])
        elif case["batch_size"] == 1:
            row["prepare_s"] = measurement["seconds"]
        row["store_bytes"] = measurement["store_bytes"]
    return list(found.values())


def _empty(name: str, image_size: int) -> Row:
    return {
        "method": name,
        "image_size": image_size,
        "learnable_share": 0.0,
        "train_bytes": None,
        "step_s": None,
        "prepare_s": None,
        "store_bytes": 0,
        "extrapolated_from": [],
    }


def _number(value: float | None, unit: float, digits: int) -> str:
    return "-" if value is None else f"{value / unit:.{digits}f}"
