"""Who an image is of, where only the file names say so: patterns found, for a person to confirm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from fpt_core.errors import ConfigError

_CANDIDATES = (
    ("a subject of the BIDS layout", r"(?:^|/)(sub-[^/_]+)[/_]"),
    (
        "a word for the patient and a number",
        r"(?<![a-z])((?:patient|pat|pt|subject|subj|case)[_ -]?\d+)",
    ),
    (
        "an eye or side after the patient",
        r"([^/]+?)(?:[ _.-]|(?<=\d))(?:left|right|OD|OS|L|R)(?:[ _.-][^/]*)?\.[^/]+$",
    ),
    ("a number after the patient", r"([^/]+?)[ _.-]\d+\.[^/]+$"),
    ("the patient before the first separator", r"([^/_.\- ]+)[_.\- ][^/]*\.[^/]+$"),
    ("a folder per patient", r"([^/]+)/[^/]+$"),
)
_NO_PATIENT = re.compile(
    r"(?:img|image|im|dsc[nf]?|pxl|photo|pic|picture|scan|slice|frame|screenshot|foto|bild)?"
    r"[ _.-]?(?:(?:19|20)\d{6})?",
    re.IGNORECASE,
)
"""What cameras and programs call their files, perhaps with the date."""
_LEAST_COVERED = 0.95
_LEAST_PATIENTS = 3
_LEAST_NAMES = 10
"""Of patients whose names hold no number; fewer may be anything: clinics, years, devices."""
_LEAST_REPEATED = 1.1
_MOST_REPEATED = 50.0
_NOBODY = frozenset(
    {"", "0", "anon", "anonym", "anonymous", "anonymized", "anonymised", "deidentified"}
    | {"de-identified", "removed", "unknown", "none", "n/a"}
)
"""What programs write where a PatientID was taken out."""


@dataclass(frozen=True, slots=True)
class PatientPattern:
    """A rule by which file names tell the patient, to be confirmed before it is used."""

    pattern: str
    """A regular expression, searched in the path; its first group is the patient."""
    meaning: str
    patients: int
    """How many patients it would give."""
    examples: tuple[tuple[str, str], ...]
    """Some file names, and the patient each would be of."""


def somebody(patient_id: str) -> str | None:
    """A PatientID, unless it only says that it was taken out."""
    return None if patient_id.strip().lower() in _NOBODY else patient_id


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The expression, checked.

    Raises:
        ConfigError: If it is no regular expression, or has no group for the patient.
    """
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ConfigError(
            f"The patient pattern {pattern!r} is no regular expression: {error}.",
            r"Write one with a group for the patient, such as ([^/]+)_[LR]\.jpg$",
        ) from error
    if compiled.groups < 1:
        raise ConfigError(
            f"The patient pattern {pattern!r} has no group.",
            r"Put what names the patient into brackets, such as ([^/]+)_[LR]\.jpg$",
        )
    return compiled


def patient_in(pattern: re.Pattern[str], path: Path, root: Path) -> str | None:
    """The patient that the path below ``root`` names; ``None`` where the pattern finds none."""
    place = path.relative_to(root) if path.is_relative_to(root) else path
    found = pattern.search(place.as_posix())
    return (found.group(1) or None) if found else None


def suggest_pattern(
    paths: Sequence[Path], root: Path, class_names: Collection[str]
) -> PatientPattern | None:
    """The pattern that fits these files best, or ``None`` where names tell no patients.

    A good one covers nearly all files and makes patients of more than one image each.
    """
    for meaning, pattern in _CANDIDATES:
        compiled = compile_pattern(pattern)
        found = {path: patient_in(compiled, path, root) for path in paths}
        patients = Counter(patient for patient in found.values() if patient)
        if _are_patients(patients, len(paths), class_names):
            examples = [(path.name, patient) for path, patient in found.items() if patient]
            return PatientPattern(pattern, meaning, len(patients), tuple(examples[:4]))
    return None


def _are_patients(found: Counter[str], files: int, class_names: Collection[str]) -> bool:
    """Whether what a pattern found may be the patients of so many files."""
    numbered = sum(any(map(str.isdecimal, name)) for name in found)
    return (
        len(found) >= (_LEAST_PATIENTS if 2 * numbered > len(found) else _LEAST_NAMES)
        and found.total() >= _LEAST_COVERED * files
        and _LEAST_REPEATED <= found.total() / len(found) <= _MOST_REPEATED
        and not {*found} <= {*class_names}
        and not all(_NO_PATIENT.fullmatch(name) for name in found)
    )
