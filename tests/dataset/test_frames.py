"""Rules for files with several frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.frames import FrameRule, chosen_slices
from fpt_core.dataset.importers.listing import LabelledFile
from fpt_core.errors import ConfigError


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [("all", [0, 1, 2, 3, 4]), ("middle", [2]), ("every:2", [0, 2, 4]), ("every:9", [0])],
)
def test_frames_of_five(rule: str, chosen: list[int]) -> None:
    assert list(FrameRule.parse(rule).choose(5)) == chosen
    assert list(FrameRule.parse(rule).choose(1)) == [0]
    assert list(FrameRule.parse(rule).choose(0)) == []


@pytest.mark.parametrize("text", ["", "some", "every", "every:0", "every:-1", "middle:2"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no rule for frames"):
        FrameRule.parse(text)


def _stack(series: str | None, count: int, frame: int | None = None) -> list[LabelledFile]:
    return [
        LabelledFile(Path(f"{series}-{number}.dcm"), "x", series=series, frame=frame)
        for number in range(count)
    ]


def test_a_rule_chooses_slices_of_each_stack_and_leaves_single_files_alone() -> None:
    files = [*_stack("a", 5), *_stack(None, 2), *_stack("b", 3)]
    chosen = chosen_slices(files, FrameRule.parse("middle"))
    assert [file.path.name for file in chosen] == [
        "a-2.dcm", "None-0.dcm", "None-1.dcm", "b-1.dcm",
    ]  # fmt: skip
    assert chosen_slices(files, FrameRule()) == files


def test_slices_that_the_source_names_stay_whatever_the_rule() -> None:
    files = _stack("a", 5, frame=0)
    assert chosen_slices(files, FrameRule.parse("middle")) == files
