"""Images of another kind than the rest: modality, colour or grey, file format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fpt_core.dataset.audit.findings import Finding, Remedy, Severity
from fpt_core.dataset.audit.groups import Group, grouped, ids
from fpt_core.dataset.audit.words import counted, verb
from fpt_core.dataset.records import ImageFacts, ImageRecord

_FEW = 0.1
"""Up to this share of the images is the exception rather than the rule."""


def find_outliers(images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]) -> list[Finding]:
    """Few images of another modality, colour or format than most."""
    kinds: tuple[tuple[str, Severity, Callable[[ImageFacts], str]], ...] = (
        ("modality", "caution", lambda known: known.modality),
        ("colour", "caution", _colour),
        ("format", "note", lambda known: known.format),
    )
    findings = []
    for name, severity, value in kinds:
        known = [image for image in images if value(facts[image.id])]
        groups = grouped(known, lambda image, value=value: value(facts[image.id]))  # type: ignore[misc]
        if len(groups) > 1:
            findings += _exceptions(name, severity, groups, len(known))
    return findings


def _colour(known: ImageFacts) -> str:
    return "" if known.colour is None else ("colour" if known.colour else "grey")


def _exceptions(
    name: str, severity: Severity, groups: Mapping[str, Group], total: int
) -> list[Finding]:
    usual = max(groups, key=lambda value: len(groups[value]))
    few = {value: group for value, group in groups.items() if len(group) <= _FEW * total}
    members = [image for value in sorted(few) for image in few[value]]
    if not members:
        return []
    number = len(members)
    return [
        Finding(
            f"other-{name}",
            severity,
            f"{counted(number)} {verb(number, 'is', 'are')} {' or '.join(sorted(few))}, unlike "
            f"most, which are {usual}",
            "A few images of another kind may have slipped in, and a model may take the kind for "
            "the disease. Look at them; leave out what does not belong.",
            tuple((image.id,) for image in members),
            (Remedy(f"Exclude {counted(number)}", "exclude", ids(members)),),
        )
    ]
