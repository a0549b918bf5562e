"""Patients found in file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.patients import compile_pattern, patient_in, suggest_pattern
from fpt_core.errors import ConfigError

_ROOT = Path("/data/set")


def _suggest(names: list[str], classes: set[str] | None = None) -> tuple[str, int] | None:
    found = suggest_pattern([_ROOT / name for name in names], _ROOT, classes or {"a", "b"})
    return found and (found.meaning, found.patients)


@pytest.mark.parametrize(
    ("template", "meaning"),
    [
        ("a/Patient{n:03d}_{side}.jpg", "an eye after the patient"),
        ("{n:05d}{side}.png", "an eye after the patient"),
        ("b/{n}-{word}.png", "an eye after the patient"),
        ("00{n:04d}_00{k}.png", "a number after the patient"),
        ("P{n}_{word}x_ap.png", "the patient before the first separator"),
        ("sub{n}/image{word}x.png", "a folder per patient"),
    ],
)
def test_patterns_are_found(template: str, meaning: str) -> None:
    names = [
        template.format(n=n, k=k, side="LR"[k], word=("left", "right")[k])
        for n in range(20)
        for k in range(2)
    ]
    assert _suggest(names) == (meaning, 20)


@pytest.mark.parametrize(
    "names",
    [
        [f"{n}.png" for n in range(40)],
        [f"girl{n}.png" for n in range(40)],
        [f"image_{n}.png" for n in range(400)],
        [f"{'ab'[n % 2]}/{n}.png" for n in range(40)],
        ["one_L.png", "one_R.png"],
    ],
)
def test_names_that_tell_no_patients_give_no_pattern(names: list[str]) -> None:
    assert _suggest(names) is None


def test_the_first_group_is_the_patient() -> None:
    pattern = compile_pattern(r"([^/]+)_[LR]\.jpg$")
    assert patient_in(pattern, _ROOT / "a" / "P7_L.jpg", _ROOT) == "P7"
    assert patient_in(pattern, _ROOT / "a" / "P7.jpg", _ROOT) is None


def test_a_pattern_that_cannot_work_is_refused() -> None:
    with pytest.raises(ConfigError, match="no regular expression"):
        compile_pattern("([")
    with pytest.raises(ConfigError, match="has no group"):
        compile_pattern("[0-9]+")
