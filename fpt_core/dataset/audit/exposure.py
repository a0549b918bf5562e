"""Pictures that show little: blank, too bright, too dark.

Measured by ``fpt_core.dataset.facts`` on 1,814 chest radiographs and fundus photographs: the
standard deviation of brightness is 0.078 at the least, and at the most 0.26 of a picture is white
and 0.45 black.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.audit.groups import ids
from fpt_core.dataset.audit.words import counted, verb
from fpt_core.dataset.records import ImageFacts, ImageRecord

_BLANK_STD = 0.02
_WHITE_SHARE = 0.5
_BLACK_SHARE = 0.9


def is_blank(facts: ImageFacts) -> bool:
    """Whether all of the picture is of nearly one brightness."""
    return facts.std < _BLANK_STD


def find_poor_exposure(
    images: Sequence[ImageRecord], facts: Mapping[int, ImageFacts]
) -> list[Finding]:
    """Blank, over-exposed and under-exposed images."""
    blank = [image for image in images if is_blank(facts[image.id])]
    shown = [image for image in images if not is_blank(facts[image.id])]
    white = _unusual({image: facts[image.id].bright_share for image in shown}, _WHITE_SHARE)
    black = _unusual({image: facts[image.id].dark_share for image in shown}, _BLACK_SHARE)
    return [
        finding
        for finding in (
            _finding(
                "blank-images",
                blank,
                f"{verb(len(blank), 'is', 'are')} blank: of one brightness all over",
                "Nothing can be learned from them; one may stand where another should.",
            ),
            _finding(
                "over-exposed-images",
                white,
                f"{verb(len(white), 'is', 'are')} over-exposed: more than half is white",
                "What is white all over shows no detail. Look at them; a wrong display window does "
                "the same.",
            ),
            _finding(
                "under-exposed-images",
                black,
                f"{verb(len(black), 'is', 'are')} under-exposed: more than 90 % is black",
                "What is black all over shows no detail. Look at them; a wrong display window does "
                "the same.",
            ),
        )
        if finding is not None
    ]


def _unusual(shares: Mapping[ImageRecord, float], least: float) -> list[ImageRecord]:
    """Images above the least share, unless the data set's images are like that."""
    if not shares or median(shares.values()) > least / 2:
        return []
    return [image for image, share in shares.items() if share > least]


def _finding(
    kind: str, images: Sequence[ImageRecord], what: str, explanation: str
) -> Finding | None:
    if not images:
        return None
    return Finding(
        kind,
        "caution",
        f"{counted(len(images))} {what}",
        explanation,
        tuple((image.id,) for image in images),
        (Remedy(f"Exclude {counted(len(images))}", "exclude", ids(images)),),
    )
