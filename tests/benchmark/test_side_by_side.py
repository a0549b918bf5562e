"""The benchmark itself: real processes, a ViT-Tiny on very small images."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fpt_core.benchmark.side_by_side import SideBySide, side_by_side
from fpt_core.benchmark.table import print_side_by_side, rows
from fpt_core.events import Finished, Progress

PLAN = SideBySide(
    backbone="vit_tiny_patch16_224",
    image_sizes=(64,),
    reference_size=64,
    batch_size=3,
    prepare_batches=(1,),
    device="cpu",
    repeats=1,
    processes=1,
)


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    events = list(side_by_side(PLAN))
    assert events[0] == Progress("Measuring", 0, 14)
    assert isinstance(events[-1], Finished)
    return json.loads(json.dumps(dict(events[-1].result)))  # type: ignore[no-any-return]


def test_measures_every_method(result: dict[str, Any]) -> None:
    table = {row["method"]: row for row in rows(result["measurements"])}
    assert set(table) == {
        *PLAN.methods,
        "fpt, published way",
        "fpt+, published way",
    }
    assert all(row["step_s"] > 0 for row in table.values())
    assert table["full"]["learnable_share"] == 1
    assert 0 < table["linear-probe"]["learnable_share"] < table["lora"]["learnable_share"] < 0.1
    # Stored half as wide, with the side image and the token indices beside it.
    assert table["fpt"]["store_bytes"] > table["fpt+"]["store_bytes"]
    assert table["fpt+"]["train_bytes"] < table["full"]["train_bytes"]


def test_says_where_a_figure_was_continued(result: dict[str, Any]) -> None:
    table = {row["method"]: row for row in rows(result["measurements"])}
    assert table["full"]["extrapolated_from"] == [1, 2]
    assert table["fpt+"]["extrapolated_from"] == []


def test_compares_with_the_published_way(result: dict[str, Any]) -> None:
    compared = [ratio for ratio in result["ratios"] if "times_as_fast" in ratio]
    assert [(ratio["method"], ratio["stage"]) for ratio in compared] == [
        ("fpt", "prepare"),
        ("fpt", "train"),
        ("fpt+", "prepare"),
        ("fpt+", "train"),
    ]
    whole = [ratio for ratio in result["ratios"] if "share_of_full_finetuning" in ratio]
    assert all(0 < ratio["share_of_full_finetuning"] < 1 for ratio in whole)


def test_prints_a_line_per_method(
    result: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    print_side_by_side(result)
    out = capsys.readouterr().out
    assert "fpt+, published way" in out
    assert "times as fast as the published way" in out
    assert "of full fine-tuning's memory" in out
