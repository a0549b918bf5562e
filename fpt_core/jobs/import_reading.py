"""The reading half of an import: what must be read is read, and kept until the import ends."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fpt_core.config import VolumeAxis
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.identifiers import Identifiers
from fpt_core.dataset.kept_readings import KeptReadings
from fpt_core.dataset.project import Project
from fpt_core.dataset.read_pool import read_files
from fpt_core.dataset.reading import IMAGE_READER, ReadFrame, Reading, ReadTask
from fpt_core.dataset.records import ONE_FILE, ImageFacts
from fpt_core.dataset.source_files import SourceFile, Stamp
from fpt_core.events import Event, Progress
from fpt_core.images.array import ArrayReader

STAGE = "Reading images"


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that was read, now or by an import that was cut short; it names nobody."""

    frames: tuple[ReadFrame, ...]
    patient: str | None
    """Salted hash of the patient that the file itself tells."""
    refusal: str = ""


Unread = Sequence[tuple[SourceFile, Stamp]]


def read_source(
    project: Project,
    unread: Unread,
    rule: FrameRule,
    volume_axis: VolumeAxis,
    identifiers: Identifiers,
) -> Generator[Event, None, list[FileRead]]:
    """Read files, and return what was read of each; what was read before a stop is kept.

    Args:
        project: Keeps what was read until the images are added.
        unread: The files, each as it was just now.
        rule: Chooses frames where the source names none.
        volume_axis: The direction in which volumes are cut into slices.
        identifiers: Learns whom the files name.
    """
    keeper = KeptReadings(project.path)
    kept = keeper.load()
    read: list[FileRead | None] = []
    wanted: list[_Wanted] = []
    for index, (file, stamp) in enumerate(unread):
        task = ReadTask(file.path, tuple(file.by_frame), file.rule(rule), volume_axis)
        key = project.salted_hash(_asked(task, stamp))
        if key in kept:
            found, hashes = _from_kept(kept[key])
            identifiers.add_known(hashes)
            read.append(found)
        else:
            wanted.append(_Wanted(index, task, key, stamp.size_bytes))
            read.append(None)
    done, total = len(unread) - len(wanted), len(unread)
    yield Progress(STAGE, done, total)
    tasks, sizes = [each.task for each in wanted], [each.size_bytes for each in wanted]
    for start, readings in read_files(IMAGE_READER, tasks, sizes):
        fresh = []
        for each, reading in zip(wanted[start : start + len(readings)], readings, strict=True):
            identifiers.add(reading.identifiers)
            found = read[each.place] = _nameless(project, reading)
            if not reading.refusal:
                fresh.append((each.key, _to_kept(project, found, reading)))
        keeper.keep(fresh)
        done += len(readings)
        yield Progress(STAGE, done, total)
    return [found for found in read if found is not None]


class _Wanted(NamedTuple):
    """A file that must be read."""

    place: int
    """Among all."""
    task: ReadTask
    key: str
    size_bytes: int


def _asked(task: ReadTask, stamp: Stamp) -> str:
    """The file as it is, and what is wanted of it: where both are the same, so is the reading."""
    path, frames, rule, axis = task
    return f"{path}\n{frames} {rule.kind} {rule.step} {axis} {stamp.mtime_ns} {stamp.size_bytes}"


def _nameless(project: Project, reading: Reading) -> FileRead:
    patient = None
    if reading.patient_id is not None:
        patient = project.patient_hash(reading.patient_id)
    elif _is_of_one_person(reading.frames):
        patient = ONE_FILE + project.salted_hash(reading.digest)
    return FileRead(reading.frames, patient, reading.refusal)


def _is_of_one_person(frames: Sequence[ReadFrame]) -> bool:
    """Whether these are frames or slices of one examination; an array may be a whole data set."""
    return any(
        frame.facts.num_frames > 1 and frame.facts.format != ArrayReader.format for frame in frames
    )


def _to_kept(project: Project, read: FileRead, reading: Reading) -> list[Any]:
    own = Identifiers(project.salted_hash)
    own.add(reading.identifiers)
    return [read.frames, read.patient, sorted(own.hashes())]


def _from_kept(kept: Any) -> tuple[FileRead, list[str]]:
    """A file as it was read, and the hashes of what it names a person by."""
    frames, patient, hashes = kept
    return FileRead(
        tuple(
            ReadFrame(number, image_hash, width, height, ImageFacts(*facts))
            for number, image_hash, width, height, facts in frames
        ),
        patient,
    ), hashes
