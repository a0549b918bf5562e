"""From the values of a label column or tag to class names, or a refusal in words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fpt_core.errors import DatasetError
from fpt_core.events import Warned

MAX_CLASSES = 200
_FEW = 10
"""So many values may be classes even where each has few images, or fractions as grades have."""
_NUMBER = re.compile(r"[+]?(?!-?[1-9]\d{0,2},000$)(-?\d+)[.,]?(\d*)")
"""The part before the decimal point or comma, and the part after it; 1,000 may be a thousand."""
_REMEDY = "Choose the column that says the class, or group its values into a new column first."


def class_names(labels: Sequence[str], where: str) -> Mapping[str, str]:
    """The class of every label: whole numbers lose what follows the point, the rest stays.

    Args:
        labels: One per image, none empty.
        where: What they were read from, in words: "Column 'grade' of labels.csv".

    Raises:
        DatasetError: If these are measurements or identifiers rather than classes.
    """
    numbers = {label: _NUMBER.fullmatch(label) for label in dict.fromkeys(labels)}
    named = {label: label for label in numbers}
    if all(numbers.values()):
        fractions = [label for label, number in numbers.items() if number and number[2].strip("0")]
        if not fractions:
            named = {label: number[1] for label, number in numbers.items() if number}
        elif len(numbers) > _FEW or len(labels) < _FEW * len(numbers):
            raise DatasetError(
                f"{where} holds numbers with fractions, such as {fractions[0]}: a measurement, "
                "no class.",
                _REMEDY,
            )
    check_count(Counter(named[label] for label in labels), where, _REMEDY)
    return named


def check_count(counts: Mapping[str, int], where: str, remedy: str) -> None:
    """Refuse what are too many classes for its images.

    Args:
        counts: Images of every class.
        where: What they were read from, in words.
        remedy: What to do instead.

    Raises:
        DatasetError: If so.
    """
    images = sum(counts.values())
    if len(counts) > MAX_CLASSES or len(counts) > max(_FEW, images / 2):
        raise DatasetError(
            f"{where} gives {len(counts):,} different labels for {images:,} images: too many to be "
            f"classes (at most {MAX_CLASSES}, and at most half as many as images).",
            remedy,
        )


def similar_names(names: Iterable[str]) -> list[Warned]:
    """Notes of classes that may be one: their names differ only in case or blanks."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in sorted({*names}):
        alike["".join(name.casefold().split())].append(name)
    return [
        Warned(
            f"The classes {' and '.join(map(repr, group))} differ only in case or blanks; they "
            "stay separate classes.",
            "If they mean the same, merge the classes after the import, or correct the source.",
        )
        for group in alike.values()
        if len(group) > 1
    ]
