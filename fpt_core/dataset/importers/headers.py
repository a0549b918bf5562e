"""What the headers of a source's DICOM files say."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field

from fpt_core.dataset.importers.tree import Tree
from fpt_core.errors import ImageError
from fpt_core.events import Progress
from fpt_core.images import read_tags
from fpt_core.images.dicom_tags import DicomTags

_STEP = 50
_PROJECTIONS = frozenset(
    {"CR", "DX", "MG", "PX", "IO", "RG", "RF", "XA", "OP", "XC", "ES", "GM", "SM"}
)
"""Modalities whose series are separate pictures: radiographs, photographs, endoscopy."""


@dataclass(slots=True)
class Headers:
    """Headers by place, and the DICOM files that hold no image."""

    tags: dict[str, DicomTags] = field(default_factory=dict)
    without_image: dict[str, str] = field(default_factory=dict)
    """Why, in words."""


def read_headers(
    tree: Tree, places: Sequence[str], keywords: Sequence[str] = ()
) -> Generator[Progress, None, Headers]:
    """Read the headers of those of ``places`` that are DICOM, with the attributes asked for."""
    headers = Headers()
    dicom = [place for place in places if place in tree.dicom]
    for done, place in enumerate(dicom, start=1):
        try:
            tags = read_tags(tree.path(place), keywords)
        except ImageError as error:
            headers.without_image[place] = str(error)
        else:
            if tags is not None and tags.num_frames == 0:
                headers.without_image[place] = (
                    f"It holds no image (modality {tags.modality or 'unknown'})."
                )
            elif tags is not None:
                headers.tags[place] = tags
        if done % _STEP == 0 or done == len(dicom):
            yield Progress("Reading DICOM headers", done, len(dicom))
    return headers


def stacks(tags: Mapping[str, DicomTags]) -> dict[str, list[str]]:
    """The slices of each series that is a stack, in order along it.

    A stack has several files of one frame each; projections of one series are no slices.
    """
    series: dict[str, list[str]] = {}
    for place, tag in tags.items():
        if tag.series_uid and tag.num_frames == 1 and tag.modality not in _PROJECTIONS:
            series.setdefault(tag.series_uid, []).append(place)
    return {
        uid: sorted(places, key=lambda place: _order(tags[place], place))
        for uid, places in series.items()
        if len(places) > 1
    }


def _order(tag: DicomTags, place: str) -> tuple[bool, float, int, str]:
    """Along the normal of the slices, else by number, else by name."""
    position = tag.slice_mm
    number = tag.instance_number or 0
    return (position is None, 0.0 if position is None else position, number, place)
