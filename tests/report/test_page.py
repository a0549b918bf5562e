"""The page holds together where parts are missing, and shows figures as they are."""

from __future__ import annotations

import logging

import pytest

from fpt_core.evaluation.figure_words import number_text
from fpt_core.report.page import render_page

CONTENT = {
    "title": "Telling <b>a</b> & b apart",
    "kind": "Deep learning",
    "run": "r1",
    "created": "2026-11-25T02:00:00+00:00",
    "program": {"name": "FPT Studio", "version": "1"},
    "intended_use": "Research use only.",
    "parts": {
        "results": {"title": "Results", "failed": "This part could not be made."},
        "test_looks": {"title": "Looks", "failed": "Nor this."},
        "use": {"title": "Use"},
    },
    "statements": {"funding": {"about": "Who paid", "text": "Nobody <paid>\nat all."}},
    "guidelines": {},
}


def test_parts_that_could_not_be_made_or_drawn_are_told_in_their_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        page = render_page(CONTENT)
    assert '<p class="missing">This part could not be made.</p>' in page
    assert "This part could not be drawn" in page, "what it needs is not there"
    assert "no test image could be measured" in page
    assert [record.getMessage() for record in caplog.records] == [
        "the part use of a report could not be drawn"
    ]


def test_texts_are_escaped() -> None:
    page = render_page(CONTENT)
    assert "Telling &lt;b&gt;a&lt;/b&gt; &amp; b apart" in page
    assert "Nobody &lt;paid&gt;\nat all." in page


@pytest.mark.parametrize(
    ("value", "interval", "text"),
    [
        (None, None, "-"),
        (0.81234, None, "0.812"),
        (-0.0001, {"low": -0.5, "high": 0.25}, "0.000 (-0.500 to 0.250)"),
    ],
)
def test_a_figure_in_words(value: float | None, interval: dict[str, float], text: str) -> None:
    assert number_text({"value": value, "interval": interval}) == text
