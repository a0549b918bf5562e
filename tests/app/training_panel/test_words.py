from __future__ import annotations

import pytest

from app.training_panel.words import (
    METHOD_NAMES,
    METHOD_SENTENCES,
    duration,
    method_name,
    size_text,
)
from fpt_core.config import METHODS


def test_every_method_has_a_name_and_a_sentence() -> None:
    assert set(METHODS) <= set(METHOD_NAMES)
    assert set(METHOD_NAMES) == set(METHOD_SENTENCES)
    assert method_name("a later one") == "a later one"


@pytest.mark.parametrize(
    ("seconds", "text"), [(40, "40 s"), (89, "89 s"), (720, "12 min"), (12_600, "3.5 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(500_000, "500 kB"), (198_000_000, "198 MB"), (13_874_000_000, "13.9 GB")]
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text
