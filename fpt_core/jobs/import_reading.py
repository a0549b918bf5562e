"""The reading half of an import: what must be read is read, and kept until the import ends."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fpt_core.config import VolumeAxis
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.identifiers import Identifiers
from fpt_core.dataset.project import Project
from fpt_core.dataset.read_pool import read_files
from fpt_core.dataset.reading import IMAGE_READER, ReadFrame, Reading, ReadTask
from fpt_core.dataset.records import ONE_FILE, ImageFacts
from fpt_core.dataset.source_files import SourceFile, Stamp
from fpt_core.events import Event, Progress
from fpt_core.images.array import ArrayReader

STAGE = "Reading images"
_KEPT_AT_ONCE = 1000
_KEPT_AFTER_S = 5.0


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
) -> Generator[Event, None, Mapping[Path, FileRead]]:
    """Read files, and return what was read by path; what was read before a stop is kept.

    Args:
        project: Keeps what was read until the images are added.
        unread: The files, each as it was just now.
        rule: Chooses frames where the source names none.
        volume_axis: The direction in which volumes are cut into slices.
        identifiers: Learns whom the files name.
    """
    kept = project.readings()
    read: dict[Path, FileRead] = {}
    tasks: list[ReadTask] = []
    sizes: list[int] = []
    keys: dict[Path, str] = {}
    for file, stamp in unread:
        task = ReadTask(file.path, tuple(file.by_frame), file.rule(rule), volume_axis)
        key = project.salted_hash(_asked(task, stamp))
        if key in kept:
            read[file.path], hashes = _from_json(kept[key])
            identifiers.add_known(hashes)
        else:
            keys[file.path] = key
            tasks.append(task)
            sizes.append(stamp.size_bytes)
    total = len(unread)
    yield Progress(STAGE, len(read), total)
    keeper = _Keeper(project)
    try:
        for batch in read_files(IMAGE_READER, tasks, sizes):
            for task, reading in batch:
                identifiers.add(reading.identifiers)
                found = _nameless(project, reading)
                read[task.path] = found
                if not reading.refusal:
                    keeper.keep(keys[task.path], _to_json(project, found, reading))
            yield Progress(STAGE, len(read), total)
    except GeneratorExit:
        keeper.flush()
        raise
    return read


class _Keeper:
    """Keeps readings in the project, many at a time."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._fresh: list[tuple[str, str]] = []
        self._last = time.monotonic()

    def keep(self, key: str, value: str) -> None:
        self._fresh.append((key, value))
        if len(self._fresh) >= _KEPT_AT_ONCE or time.monotonic() - self._last > _KEPT_AFTER_S:
            self.flush()

    def flush(self) -> None:
        if self._fresh:
            self._project.keep_readings(self._fresh)
        self._fresh, self._last = [], time.monotonic()


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


def _to_json(project: Project, read: FileRead, reading: Reading) -> str:
    own = Identifiers(project.salted_hash)
    own.add(reading.identifiers)
    return json.dumps([read.frames, read.patient, sorted(own.hashes())])


def _from_json(text: str) -> tuple[FileRead, list[str]]:
    """A file as it was read, and the hashes of what it names a person by."""
    frames, patient, hashes = json.loads(text)
    return FileRead(
        tuple(
            ReadFrame(number, image_hash, width, height, ImageFacts(*facts))
            for number, image_hash, width, height, facts in frames
        ),
        patient,
    ), hashes
