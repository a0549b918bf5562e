"""Read a source into a project and split it by patient. Needs no torch."""

from __future__ import annotations

import dataclasses
import shutil
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fpt_core.collection import seldom_collected
from fpt_core.dataset.frames import chosen_slices
from fpt_core.dataset.identifiers import Identifiers
from fpt_core.dataset.importers.listing import Listing
from fpt_core.dataset.importers.source import list_source
from fpt_core.dataset.kept_readings import KeptReadings
from fpt_core.dataset.placing import place
from fpt_core.dataset.private_names import PrivateNames
from fpt_core.dataset.project import Project
from fpt_core.dataset.reading import ReadFrame
from fpt_core.dataset.records import ONE_FILE, NewImage, SkippedFile
from fpt_core.dataset.seen_images import SeenImage
from fpt_core.dataset.source_files import KnownFiles, KnownImage, SourceFile, Stamp, by_path
from fpt_core.dataset.splits import Shares
from fpt_core.errors import (
    DatasetError,
    FptError,
    ImageError,
    ProjectError,
    translate_os_error,
)
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.jobs.import_reading import FileRead, read_source
from fpt_core.jobs.requests import ImportRequest

_LOCK = "import.lock"
_SOURCE = "the source"


def import_images(request: ImportRequest) -> Generator[Event, None, None]:
    """The import job. Every image is decoded once, so that what cannot be read is known now.

    Only what is new or has changed since an earlier import is read. Nothing is added before
    the whole source has been read; then all of it at once. An import that is stopped, or
    killed, goes on with what it had read.

    Raises:
        DatasetError: If the source gives no data set that can be learned from.
        ProjectError: If another import into the project is in progress.
    """
    request = dataclasses.replace(
        request,
        source=request.source.resolve(),
        labels=request.labels and request.labels.resolve(),
    )
    with seldom_collected():
        yield from _imported(request)


def _imported(request: ImportRequest) -> Generator[Event, None, None]:
    shares = Shares(request.val_share, request.test_share)
    listing = yield from list_source(
        request.source,
        request.labels,
        request.columns,
        request.label_tag,
        request.patient_pattern,
    )
    yield from listing.warnings
    created = not Project.exists(request.project)
    known = () if created else Project.open(request.project).class_names
    _check_classes(listing, known, request.source)
    project = Project.create(request.project) if created else Project.open(request.project)
    try:
        with _alone(project):
            yield from _Import(project, request, listing, shares).run()
    except (FptError, GeneratorExit) as reason:
        worth_keeping = isinstance(reason, GeneratorExit) and KeptReadings(project.path).is_there
        if created and not worth_keeping:
            shutil.rmtree(project.path, ignore_errors=True)
        raise


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """Keep a second import into the project out."""
    lock = FileLock(project.path / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ProjectError(
            f"Images are being imported into {project.path.name} by another program.",
            "Wait for it, or stop it.",
        ) from error
    except OSError as error:
        raise translate_os_error(error, project.path) from error
    try:
        yield
    finally:
        lock.release()


class _Import:
    """One import of a source into a project.

    Args:
        project: Grows only when all has been read.
        request: As asked, with absolute paths.
        listing: What the source holds.
        shares: Wanted shares of the splits.
    """

    def __init__(
        self, project: Project, request: ImportRequest, listing: Listing, shares: Shares
    ) -> None:
        self._project = project
        self._request = request
        source = request.source
        self._root = source if source.is_dir() else source.parent
        self._shares = shares
        self._edits = project.edits()
        self._known = KnownFiles(project)
        self._files, repeated = by_path(chosen_slices(listing.files, request.frames))
        self._skipped = [*listing.skipped, *repeated]
        self._identifiers = Identifiers(project.salted_hash, project.identifier_hashes())
        self._identifiers.add({file.patient_id for file in listing.files if file.patient_id})
        self._folds = _number_of_folds(request.folds, self._known)

    def run(self) -> Generator[Event, None, None]:
        """Read, place, add, tell."""
        seen, unread = self._unchanged()
        read = yield from read_source(
            self._project,
            unread,
            self._request.frames,
            self._project.recipe().volume_axis,
            self._identifiers,
        )
        for (file, stamp), found in zip(unread, read, strict=True):
            seen += self._images_of(file, stamp, found)
        names = PrivateNames(self._identifiers, self._root)
        self._check_read(seen, names)
        yield Progress("Adding images", 0, len(seen))
        result = self._add(seen, names)
        yield Progress("Adding images", len(seen), len(seen))
        yield from _warnings(self._project, self._shares, result)
        yield Finished(result)

    def _unchanged(self) -> tuple[list[SeenImage], list[tuple[SourceFile, Stamp]]]:
        """The images that are in the project already, and the files that must be read."""
        seen: list[SeenImage] = []
        unread: list[tuple[SourceFile, Stamp]] = []
        for file in self._files:
            try:
                stamp = Stamp.of(file.path)
            except (OSError, ImageError):
                self._skip(file.path, f"{file.path.name} has vanished during the import.")
                continue
            images = self._known.unchanged(file, stamp, self._request.frames)
            if images is None:
                unread.append((file, stamp))
            else:
                seen += [
                    self._seen(file, image.frame(), image.record.patient, stamp)
                    for image in images.values()
                ]
        return seen, unread

    def _images_of(self, file: SourceFile, stamp: Stamp, read: FileRead) -> list[SeenImage]:
        """The images of a file that was read; what is missing is listed."""
        if read.refusal:
            self._skip(file.path, read.refusal)
        return [self._seen(file, frame, read.patient, stamp) for frame in read.frames]

    def _seen(
        self, file: SourceFile, frame: ReadFrame, patient: str | None, stamp: Stamp
    ) -> SeenImage:
        """One image; who it is of the source knows best, then the file, then the project."""
        said = file.said_of(frame.number)
        known = self._known.get(file.path, frame.number)
        if said.patient_id is not None:
            patient = self._project.patient_hash(said.patient_id)
        elif said.examination is not None:
            patient = ONE_FILE + self._project.salted_hash(said.examination)
        elif patient is None and known is not None:
            patient = known.record.patient
        return SeenImage(
            said=said, frame=frame, patient=patient, mtime_ns=stamp.mtime_ns, known=known
        )

    def _skip(self, path: Path, reason: str) -> None:
        self._skipped.append(SkippedFile(str(path), reason))

    def _check_read(self, seen: Sequence[SeenImage], names: PrivateNames) -> None:
        """What could be read must still be a data set."""
        reason = names.without_name(self._skipped[0]).reason if self._skipped else ""
        if not seen:
            raise DatasetError(
                f"None of the {len(self._files)} files could be read; the first: {reason}",
                "Check the files.",
            )
        classes = {self._known.class_of(image.said.class_name) for image in seen}
        classes.update(self._project.class_names)
        if len(classes) < 2:
            raise DatasetError(
                f"Only images of class {min(classes)!r} could be read, and a classifier needs at "
                f"least two classes; the first that could not: {reason}",
                "Check the files of the other classes.",
            )

    def _add(self, seen: Sequence[SeenImage], names: PrivateNames) -> dict[str, Any]:
        """Add everything at once, and return the job's result."""
        seen, vanished = self._found_again(self._with_edits(seen))
        told = [image for image in seen if image.tells_something]
        skipped = [names.without_name(file) for file in self._skipped]
        images, folds = self._placed(told, names)
        self._project.add(
            images,
            skipped,
            names.root,
            private={file.path for file in skipped if names.hides(Path(file.path))},
            folds=folds,
            identifiers=self._identifiers.hashes(),
        )
        KeptReadings(self._project.path).forget()
        changed = sum(image.has_changed for image in told)
        return {
            "project": str(self._project.path),
            "images": sum(image.known is None for image in told),
            "changed": changed,
            "relabelled": self._relabel(told),
            "already_there": sum(image.known is not None for image in seen) - changed,
            "moved": sum(image.is_moved for image in told),
            "vanished": vanished,
            "skipped": [dataclasses.asdict(names.told(file)) for file in skipped],
            "classes": self._project.counts(),
            "patients": self._project.num_patients(),
        }

    def _with_edits(self, seen: Sequence[SeenImage]) -> Sequence[SeenImage]:
        """The same images, beside what a person has changed while the files were read."""
        if self._project.edits() == self._edits:
            return seen
        self._known = KnownFiles(self._project)
        return [
            dataclasses.replace(image, known=self._known.get(image.path, image.frame.number))
            for image in seen
        ]

    def _found_again(self, seen: Sequence[SeenImage]) -> tuple[list[SeenImage], int]:
        """New files that are vanished ones at another place, and how many stay vanished."""
        listed = {file.path for file in self._files}
        listed.update(Path(file.path) for file in self._skipped)
        gone: dict[tuple[str, int], list[KnownImage]] = defaultdict(list)
        for known in self._known.vanished(self._root, listed):
            gone[known.record.image_hash, known.record.frame].append(known)
        found = []
        for image in seen:
            same = gone.get((image.frame.image_hash, image.frame.number))
            if image.known is None and same:
                image = dataclasses.replace(image, known=same.pop())
            found.append(image)
        return found, sum(map(len, gone.values()))

    def _placed(
        self, told: Sequence[SeenImage], names: PrivateNames
    ) -> tuple[list[NewImage], Mapping[int, int]]:
        """The images with their splits and folds, and folds that earlier images get now."""
        anew = {image.known.record.id for image in told if image.known is not None}
        kept = [image.record for image in self._known.images if image.record.id not in anew]
        arrivals = [image.arrival(self._known, names.name_of(image.path)) for image in told]
        placement = place(kept, arrivals, self._shares, self._folds, self._request.seed)
        return [
            image.placed(arrival, split, fold, names.hides(image.path))
            for image, arrival, split, fold in zip(
                told, arrivals, placement.splits, placement.folds, strict=True
            )
        ], placement.folds_before

    def _relabel(self, told: Sequence[SeenImage]) -> int:
        """Take over what the source now says otherwise, so that it can be undone."""
        by_label: dict[str, list[int]] = defaultdict(list)
        for image in told:
            label = image.new_label(self._known)
            if label is not None and image.known is not None:
                by_label[label].append(image.known.record.id)
        for label, ids in by_label.items():
            self._project.relabel(ids, label, reader=_SOURCE)
        return sum(map(len, by_label.values()))


def _warnings(project: Project, shares: Shares, result: Mapping[str, Any]) -> Iterator[Warned]:
    """What does not stop the import, but limits what may be concluded later."""
    if result["patients"] is None:
        yield Warned(
            "The patients are not known, so images of one patient may be in training and in test: "
            "leakage cannot be excluded and results may look better than they are.",
            "Import with a table that has a patient column.",
        )
    for class_name, counts in result["classes"].items():
        for split, share in shares.by_split().items():
            if share > 0 and not counts[split]:
                yield Warned(
                    f"Class {class_name!r} has no image in the {split} split.",
                    "Add patients of this class, or correct the splits that the source gives.",
                )
    if conflicts := project.num_conflicting():
        yield Warned(
            f"{conflicts} images have the same content as others but another label: one of the "
            "labels is wrong.",
            "`fpt audit` and the Audit page list them.",
        )
    if vanished := result["vanished"]:
        yield Warned(
            f"{vanished} images of earlier imports are no longer there; the project keeps what it "
            "knows of them.",
            "Put them back, or exclude their images.",
        )


def _check_classes(listing: Listing, known: Sequence[str], source: Path) -> None:
    names = {file.class_name for file in listing.files}.union(known)
    if len(names) < 2:
        raise DatasetError(
            f"{source} has a single class, {min(names)!r}; a classifier needs at least two.",
            "Choose a folder with one sub-folder per class, or another label column.",
        )


def _number_of_folds(asked: int, known: KnownFiles) -> int:
    """The folds that the project has, or gets now."""
    folds = [image.record.fold for image in known.images if image.record.fold is not None]
    there = max(folds) + 1 if folds else 0
    if asked and there and asked != there:
        raise DatasetError(
            f"The project has {there} folds; it cannot get {asked}.",
            f"Import with {there} folds, or into a new project.",
        )
    if asked == 1 or asked < 0:
        raise DatasetError(
            f"Cross-validation needs at least 2 folds, not {asked}.", "Choose 5, or 0 for none."
        )
    return asked or there
