"""Rules for files with several frames."""

from __future__ import annotations

import pytest

from fpt_core.dataset.frames import FrameRule
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
