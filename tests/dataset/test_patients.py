"""Patients found in file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.patients import compile_pattern, patient_in, somebody, suggest_pattern
from fpt_core.errors import ConfigError

_ROOT = Path("/data/set")


def _suggest(names: list[str], classes: set[str] | None = None) -> tuple[str, int] | None:
    found = suggest_pattern([_ROOT / name for name in names], _ROOT, classes or {"a", "b"})
    return found and (found.meaning, found.patients)


@pytest.mark.parametrize(
    ("template", "meaning"),
    [
        ("a/Patient{n:03d}_{side}.jpg", "a word for the patient and a number"),
        ("case_{n}_slice_{k}.png", "a word for the patient and a number"),
        ("x/Subject {n}/{word}.png", "a word for the patient and a number"),
        ("sub-{n:02d}/ses-1/anat/sub-{n:02d}_T{k}w.nii.gz", "a subject of the BIDS layout"),
        ("{n:05d}{side}.png", "an eye or side after the patient"),
        ("b/{n}-{word}.png", "an eye or side after the patient"),
        ("P{n}-{word}-{k}.png", "an eye or side after the patient"),
        ("{n}_OD_{k}.tif", "an eye or side after the patient"),
        ("00{n:04d}_00{k}.png", "a number after the patient"),
        ("P{n}_{word}x_ap.png", "the patient before the first separator"),
        ("sub{n}/image{word}x.png", "a folder per patient"),
        ("sub{n}/IMG_{n}{k}.png", "a folder per patient"),
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
        [f"IMG_{n:04d}.jpg" for n in range(400)],
        [f"{'ab'[n % 2]}/IMG_{n:04d}.jpg" for n in range(400)],
        [f"IMG_202401{n % 20:02d}_{n:06d}.jpg" for n in range(400)],
        [f"{('girl', 'boy', 'man')[n % 3]}_{n}.png" for n in range(300)],
        [f"{'ab'[n % 2]}/{n}.png" for n in range(40)],
        [f"{word}.png" for word in ("control", "normal", "oval", "other", "ear", "eye")],
        [f"{('graz', 'wien', 'linz')[n % 3]}/{n}.png" for n in range(60)],
        ["one_L.png", "one_R.png"],
        [],
    ],
)
def test_names_that_tell_no_patients_give_no_pattern(names: list[str]) -> None:
    assert _suggest(names) is None


def test_real_names_tell_the_patients_of_their_tables(shared_data: Path) -> None:
    for folder, patients in (("fundus_dr", 58), ("cxr_nih", 92)):
        root = shared_data / folder
        images = [path for path in root.rglob("*") if path.suffix in (".jpg", ".png")]
        found = suggest_pattern(images, root, {"no_findings", "pneumonia"})
        assert found is not None
        assert found.patients == patients


def test_the_first_group_is_the_patient() -> None:
    pattern = compile_pattern(r"([^/]+)_[LR]\.jpg$")
    assert patient_in(pattern, _ROOT / "a" / "P7_L.jpg", _ROOT) == "P7"
    assert patient_in(pattern, _ROOT / "a" / "P7.jpg", _ROOT) is None


def test_a_pattern_that_cannot_work_is_refused() -> None:
    with pytest.raises(ConfigError, match="no regular expression"):
        compile_pattern("([")
    with pytest.raises(ConfigError, match="has no group"):
        compile_pattern("[0-9]+")


@pytest.mark.parametrize("text", ["", "anonymous", "ANON", "0", "Unknown"])
def test_what_stands_for_nobody_is_nobody(text: str) -> None:
    assert somebody(text) is None
    assert somebody(f"{text}7") == f"{text}7"
