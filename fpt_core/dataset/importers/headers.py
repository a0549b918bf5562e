"""What the headers of a source's DICOM files say."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fpt_core.dataset.importers.tree import Tree
from fpt_core.dataset.read_pool import Reader, read_files
from fpt_core.errors import ImageError
from fpt_core.events import Progress
from fpt_core.images import read_tags
from fpt_core.images.dicom_tags import DicomTags

_STEP = 50
_HEADER_BYTES = 8 * 2**10
"""Roughly what is read of a file."""
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
    wanted = tuple(keywords)
    tasks = [
        _HeaderTask(place, tree.path(place), wanted) for place in places if place in tree.dicom
    ]
    found: dict[str, DicomTags | str | None] = {}
    told = 0
    for start, outcomes in read_files(_READER, tasks, [_HEADER_BYTES] * len(tasks)):
        read = (task.place for task in tasks[start : start + len(outcomes)])
        found.update(zip(read, outcomes, strict=True))
        if len(found) >= min(told + _STEP, len(tasks)):
            told = len(found)
            yield Progress("Reading DICOM headers", told, len(tasks))
    for task in tasks:  # in their order: the processes end in none
        tags = found[task.place]
        if isinstance(tags, str):
            headers.without_image[task.place] = tags
        elif tags is not None and tags.num_frames == 0:
            headers.without_image[task.place] = (
                f"It holds no image (modality {tags.modality or 'unknown'})."
            )
        elif tags is not None:
            headers.tags[task.place] = tags
    return headers


@dataclass(frozen=True, slots=True)
class _HeaderTask:
    place: str
    path: Path
    keywords: tuple[str, ...]


def _read(tasks: Sequence[_HeaderTask]) -> list[DicomTags | str | None]:
    return [_read_one(task) for task in tasks]


def _read_one(task: _HeaderTask) -> DicomTags | str | None:
    """The header, or in words why there is none; ``None`` for files of other kinds."""
    try:
        return read_tags(task.path, task.keywords)
    except ImageError as error:
        return str(error)


def _crashed(task: _HeaderTask) -> str:
    return f"{task.path.name} cannot be read: it is damaged. Copy or export it again."


_READER: Reader[_HeaderTask, DicomTags | str | None] = Reader(_read, _crashed, files_per_s=400)


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
