"""Exact copies: the same pixels more than once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.audit.groups import Group, grouped, has_two_labels, ids, is_divided
from fpt_core.dataset.audit.leaks import leak_remedies
from fpt_core.dataset.audit.words import counted
from fpt_core.dataset.records import ImageFacts, ImageRecord


def find_copies(images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]) -> list[Finding]:
    """Copies with conflicting labels, copies in several splits, and other copies."""
    groups = [
        group for group in grouped(images, lambda image: image.image_hash).values() if group[1:]
    ]
    conflicting = [group for group in groups if has_two_labels(group)]
    leaking = [group for group in groups if is_divided(group)]
    harmless = [g for g in groups if not has_two_labels(g) and not is_divided(g)]
    findings = []
    if conflicting:
        findings.append(_conflicting(conflicting))
    if leaking:
        findings.append(_leaking(leaking))
    if harmless:
        findings.append(_harmless(harmless))
    return findings


def _conflicting(groups: Sequence[Group]) -> Finding:
    members = [image for group in groups for image in group]
    return Finding(
        "copies-conflicting-labels",
        "serious",
        f"{counted(len(groups))} with two labels: {counted(len(members))} are exact copies of "
        "one another, but their labels differ",
        "At least one of the labels is wrong, and the model is taught both. Correct the labels, or "
        "leave these images out.",
        tuple(map(ids, groups)),
        (Remedy(f"Exclude these {counted(len(members))}", "exclude", ids(members)),),
    )


def _leaking(groups: Sequence[Group]) -> Finding:
    return Finding(
        "copies-across-splits",
        "serious",
        f"{counted(len(groups))} in several splits: exact copies lie in training and in "
        "validation or test",
        "The model is measured on what it has seen, so results look better than they are. Put all "
        "copies into one split.",
        tuple(map(ids, groups)),
        leak_remedies(groups),
    )


def _harmless(groups: Sequence[Group]) -> Finding:
    surplus = [image for group in groups for image in group[1:]]
    return Finding(
        "copies",
        "note",
        f"{counted(len(surplus), 'exact copy')} of {counted(len(groups), 'other image')} within "
        "one split",
        "Training and every figure use one of each. Many copies may be a sign that an export went "
        "wrong, and that other images are missing.",
        tuple(map(ids, groups)),
        (Remedy(f"Exclude {counted(len(surplus), 'copy')}, keep one of each", "exclude",
                ids(surplus)),),
    )  # fmt: skip
