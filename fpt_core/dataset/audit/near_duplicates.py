"""Near duplicates: one picture compressed again, resized or brightened, told by perceptual hash.

How far apart the hashes of imported files are (``fpt_core.images.perceptual_hash``, 256 bits) was
measured:

* Different pictures: at the least 66 bits between 120 chest radiographs of NIH ChestX-ray8, and
  38 between 94 fundus photographs. Among 1,600 further ones, three pairs are the same picture at
  0 bits; the next are at 40 (chest) and 30 (fundus).
* A picture and its copy in JPEG at quality 20 or 50, at half the size or 256 px, with brightness
  times 0.8 or plus 30 of 255: at the most 12 bits, of chest radiographs; with a gamma of 1.4, 20
  for 95 in 100.

A crop by 2 % at each edge, a flip and a rotation change more bits than different pictures may:
such copies are not found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fpt_core.dataset.audit.exposure import is_blank
from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.audit.groups import (
    Group,
    grouped,
    has_two_labels,
    ids,
    is_divided,
    joined,
)
from fpt_core.dataset.audit.hamming import near_pairs
from fpt_core.dataset.audit.leaks import leak_remedies
from fpt_core.dataset.audit.words import counted
from fpt_core.dataset.records import ImageFacts, ImageRecord

RADIUS_BITS = 20


def find_near_duplicates(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """Near duplicates in several splits, with conflicting labels, and under several patients."""
    groups = _near_groups(images, facts)
    if groups is None:
        return [_too_alike()]
    leaking = [group for group in groups if is_divided(group)]
    within = [group for group in groups if not is_divided(group)]
    conflicting = [group for group in within if has_two_labels(group)]
    others = [g for g in within if not has_two_labels(g) and not _is_one_patient(g)]
    findings = []
    if leaking:
        findings.append(_leaking(leaking))
    if conflicting:
        findings.append(_conflicting(conflicting))
    if others:
        findings.append(_others(others))
    return findings


def _near_groups(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Group] | None:
    """Near duplicates together, each with its exact copies; exact copies alone are no group."""
    seen = [
        image
        for image in images
        if facts[image.id].perceptual_hash and not is_blank(facts[image.id])
    ]
    copies = list(grouped(seen, lambda image: image.image_hash).values())
    pairs = near_pairs([facts[group[0].id].perceptual_hash for group in copies], RADIUS_BITS)
    if pairs is None:
        return None
    return [
        tuple(image for place in places for image in copies[place])
        for places in joined(pairs.tolist())
    ]


def _is_one_patient(group: Group) -> bool:
    patients = {image.patient for image in group}
    return len(patients) == 1 and None not in patients


def _leaking(groups: Sequence[Group]) -> Finding:
    members = [image for group in groups for image in group]
    return Finding(
        "near-duplicates-across-splits",
        "serious",
        f"{counted(len(members))} that look the same lie in different splits "
        f"({counted(len(groups), 'group')})",
        "They are probably one picture that was stored twice, perhaps of one patient under two "
        "names. The model is then measured on what it has seen. Look at them side by side; put "
        "twins into one split.",
        tuple(map(ids, groups)),
        leak_remedies(groups),
    )


def _conflicting(groups: Sequence[Group]) -> Finding:
    members = [image for group in groups for image in group]
    return Finding(
        "near-duplicates-conflicting-labels",
        "caution",
        f"{counted(len(members))} look the same, but their labels differ "
        f"({counted(len(groups), 'group')})",
        "They are probably one picture that was stored and labelled twice, or neighbours of one "
        "series. Look at them side by side; correct the labels, or leave them out.",
        tuple(map(ids, groups)),
        (Remedy(f"Exclude these {counted(len(members))}", "exclude", ids(members)),),
    )


def _others(groups: Sequence[Group]) -> Finding:
    surplus = [image for group in groups for image in group[1:]]
    return Finding(
        "near-duplicates",
        "note",
        f"{counted(len(surplus))} look like another one of the same split and class, and are not "
        "known to be of one patient",
        "A picture that was stored twice counts twice. Where patients are known, it may be one "
        "patient under two names.",
        tuple(map(ids, groups)),
        (Remedy(f"Exclude {counted(len(surplus))}, keep one of each group", "exclude",
                ids(surplus)),),
    )  # fmt: skip


def _too_alike() -> Finding:
    return Finding(
        "near-duplicates-not-told",
        "note",
        "Too many images look alike to tell near duplicates",
        "Millions of pairs are as near as copies are, as happens with very small or very uniform "
        "pictures. Exact copies are found all the same.",
    )
