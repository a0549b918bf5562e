"""An image as an import sees it, beside what the project knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fpt_core.dataset.importers.listing import LabelledFile
from fpt_core.dataset.placing import Arrival
from fpt_core.dataset.reading import ReadFrame
from fpt_core.dataset.records import ImageFacts, NewImage
from fpt_core.dataset.source_files import KnownFiles, KnownImage


@dataclass(frozen=True, kw_only=True)
class SeenImage:
    """One frame of a file, new or known."""

    said: LabelledFile
    """What the source says of it."""
    frame: ReadFrame
    patient: str | None
    """Salted hash."""
    mtime_ns: int
    known: KnownImage | None
    """What the project keeps of it."""

    @property
    def path(self) -> Path:
        """Its file."""
        return self.said.path

    @cached_property
    def facts(self) -> ImageFacts:
        """All that is to be kept of it; columns that were kept before stay."""
        before = {} if self.known is None else self.known.facts.columns
        return self.frame.facts._replace(
            source_label=self.said.class_name,
            columns={**before, **self.said.columns},
        )

    @property
    def has_changed(self) -> bool:
        """Whether the content, or whom it is of, is not what the project knows."""
        return self.known is not None and (
            self.frame.image_hash != self.known.record.image_hash
            or self.patient != self.known.record.patient
        )

    @property
    def is_moved(self) -> bool:
        """Whether its file lay elsewhere before."""
        return self.known is not None and self.path != self.known.record.path

    @property
    def tells_something(self) -> bool:
        """Whether the project has something to learn from it."""
        return (
            self.known is None
            or self.has_changed
            or self.is_moved
            or self.mtime_ns != self.known.mtime_ns
            or self.facts != self.known.facts
        )

    def new_label(self, files: KnownFiles) -> str | None:
        """The class that the source now gives a known image; a person's own word stays."""
        if self.known is None:
            return None
        record = self.known.record
        label_before = self.known.facts.source_label or record.class_name
        if self.said.class_name == label_before or record.class_name != files.class_of(
            label_before
        ):
            return None
        return files.class_of(self.said.class_name)

    def arrival(self, files: KnownFiles, name: str) -> Arrival:
        """As it is given its place; a known image keeps its own, whatever the source says."""
        record = None if self.known is None else self.known.record
        is_settled = record is not None and record.patient == self.patient
        return Arrival(
            image_hash=self.frame.image_hash,
            class_name=files.class_of(self.said.class_name)
            if record is None
            else record.class_name,
            patient=self.patient,
            split=None if is_settled else self.said.split,
            name=name,
            before=record,
        )

    def placed(self, arrival: Arrival, split: str, fold: int | None, private: bool) -> NewImage:
        """As it is added."""
        return NewImage(
            path=self.path,
            frame=self.frame.number,
            image_hash=self.frame.image_hash,
            class_name=arrival.class_name,
            split=split,
            fold=fold,
            patient=self.patient,
            moved_from=self.known.record.id if self.known and self.is_moved else None,
            width=self.frame.width,
            height=self.frame.height,
            file_mtime_ns=self.mtime_ns,
            private_name=private,
            facts=self.facts,
        )
