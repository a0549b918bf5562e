"""The files of a source beside those that the project knows: what must be read, and what not."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.listing import LabelledFile
from fpt_core.dataset.locations import is_there
from fpt_core.dataset.project import Project
from fpt_core.dataset.reading import ReadFrame
from fpt_core.dataset.records import ImageFacts, ImageRecord, SkippedFile
from fpt_core.images import archive


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a changed file is told without reading it."""

    mtime_ns: int
    size_bytes: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of a file, or of the archive that holds it.

        Raises:
            OSError: If there is no such file.
        """
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            status = os.stat(archive.container(path))
        return cls(status.st_mtime_ns, status.st_size)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file with all that its source says of it and of its frames."""

    path: Path
    labelled: LabelledFile
    """What holds for every frame that the source does not name."""
    by_frame: Mapping[int, LabelledFile] = field(default_factory=dict)
    """What holds for those that it names; then only they become images."""

    def said_of(self, frame: int) -> LabelledFile:
        """What the source says of one frame."""
        return self.by_frame.get(frame, self.labelled)

    def rule(self, rule: FrameRule) -> FrameRule:
        """The rule that holds for this file: a slice was chosen from its stack already."""
        return FrameRule() if self.labelled.series is not None else rule

    def frames(self, num_frames: int, rule: FrameRule) -> Iterable[int]:
        """The frames that become images."""
        return self.by_frame or self.rule(rule).choose(num_frames)


def by_path(files: Sequence[LabelledFile]) -> tuple[list[SourceFile], list[SkippedFile]]:
    """Each file once; those of which the source says two different things are left out."""
    grouped: dict[Path, list[LabelledFile]] = defaultdict(list)
    for file in files:
        grouped[file.path].append(file)
    kept, skipped = [], []
    for path, said in grouped.items():
        frames: dict[int | None, LabelledFile] = {}
        reason = ""
        for file in said:
            other = frames.setdefault(file.frame, file)
            if other.class_name != file.class_name:
                reason = f"The source gives it two labels, {other.class_name!r} and "
                reason += f"{file.class_name!r}."
        named = {frame: file for frame, file in frames.items() if frame is not None}
        if named and None in frames:
            reason = "The source names some of its frames, and then the whole file."
        if reason:
            skipped.append(SkippedFile(str(path), reason))
        else:
            kept.append(SourceFile(path, said[0], named))
    return kept, skipped


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image of the project with all that is kept of it."""

    record: ImageRecord
    facts: ImageFacts
    mtime_ns: int

    def frame(self) -> ReadFrame:
        """What reading its file gave."""
        record = self.record
        return ReadFrame(record.frame, record.image_hash, record.width, record.height, self.facts)


class KnownFiles:
    """The images of a project by their files."""

    def __init__(self, project: Project) -> None:
        facts, mtimes = project.facts(), project.mtimes()
        self.images = [
            KnownImage(record, facts[record.id], mtimes[record.id])
            for record in project.images(include_excluded=True)
        ]
        self._by_path: dict[Path, dict[int, KnownImage]] = defaultdict(dict)
        for image in self.images:
            self._by_path[image.record.path][image.record.frame] = image
        self._renamed = self._find_renamed()

    def get(self, path: Path, frame: int) -> KnownImage | None:
        """What the project knows of a frame."""
        return self._by_path[path].get(frame) if path in self._by_path else None

    def unchanged(
        self, file: SourceFile, stamp: Stamp, rule: FrameRule
    ) -> Mapping[int, KnownImage] | None:
        """The images of a file that need not be read again; ``None`` where it must be."""
        images = self._by_path.get(file.path)
        if not images:
            return None
        first = next(iter(images.values()))
        # A file in an archive has the time of the archive, but a length of its own.
        same_size = first.facts.file_bytes == stamp.size_bytes or archive.leads_through(file.path)
        if first.mtime_ns != stamp.mtime_ns or not same_size:
            return None
        wanted = file.frames(first.facts.num_frames, rule)
        if any(frame not in images for frame in wanted):
            return None
        return {frame: images[frame] for frame in wanted}

    def class_of(self, label: str) -> str:
        """The class that a label of the source means now: a class that was renamed stays so."""
        return self._renamed.get(label, label)

    def _find_renamed(self) -> dict[str, str]:
        classes = {image.record.class_name for image in self.images}
        meant: dict[str, set[str]] = defaultdict(set)
        for image in self.images:
            meant[image.facts.source_label].add(image.record.class_name)
        return {
            label: next(iter(names))
            for label, names in meant.items()
            if label and label not in classes and len(names) == 1
        }

    def vanished(self, root: Path, listed: set[Path]) -> list[KnownImage]:
        """Images whose files lay below ``root`` and are not there any more."""
        gone = {
            path
            for path in self._by_path
            if path not in listed and path.is_relative_to(root) and not is_there(path)
        }
        return [image for image in self.images if image.record.path in gone]
