from __future__ import annotations

import pytest

from fpt_core.answers.series_rule import SeriesRule
from fpt_core.errors import ConfigError

FRAMES = [(0.9, 0.1), (0.5, 0.5), (0.3, 0.7), (0.7, 0.3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean", (0.6, 0.4)),
        ("max", (0.9, 0.7)),
        ("top:2", (0.8, 0.6)),
        ("top:9", (0.6, 0.4)),
    ],
)
def test_a_series_is_answered_by_its_rule(text: str, expected: tuple[float, ...]) -> None:
    rule = SeriesRule.parse(text)
    assert rule.answer(FRAMES) == pytest.approx(expected)
    assert str(rule) == text
    assert "frames" in rule.words


@pytest.mark.parametrize("text", ["median", "top", "top:0", "top:x", "max:2", ""])
def test_what_is_no_rule_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(ConfigError, match=r"no rule for a series.*Write mean, max, or top:N"):
        SeriesRule.parse(text)
