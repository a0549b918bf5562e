"""Read a source into a project and split it by patient. Needs no torch."""

from __future__ import annotations

import hashlib
import shutil
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.importers.source import list_source
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord, NewImage, SkippedFile
from fpt_core.dataset.splits import Item, Shares, assign_splits
from fpt_core.errors import DatasetError, ImageError
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.images import read_pixels, read_tags
from fpt_core.jobs.requests import ImportRequest

_THREADS = 2
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that was read."""

    file: LabelledFile
    image_hash: str
    patient: str | None
    width: int
    height: int


def import_images(request: ImportRequest) -> Generator[Event, None, None]:
    """The import job. Every image is decoded once, so that what cannot be read is known now.

    Nothing is written before the whole source has been read; then all of it at once.

    Raises:
        DatasetError: If the source gives no data set that can be learned from.
    """
    shares = Shares(request.val_share, request.test_share)
    listing = yield from list_source(
        request.source,
        request.labels,
        request.columns,
        request.label_tag,
        request.patient_pattern,
    )
    created = not Project.exists(request.project)
    known = () if created else Project.open(request.project).class_names
    _check_classes({file.class_name for file in listing.files}.union(known), str(request.source))
    project = Project.create(request.project) if created else Project.open(request.project)
    try:
        yield from _read_into(project, request, listing, shares)
    except BaseException:
        if created and not project.images():
            _remove(project)
        raise


def _read_into(
    project: Project, request: ImportRequest, listing: Listing, shares: Shares
) -> Generator[Event, None, None]:
    earlier = _Earlier(project.images(include_excluded=True))
    read: dict[str, _Read] = {}
    skipped = list(listing.skipped)
    already = 0
    yield Progress("Reading images", 0, len(listing.files))
    for done, (file, outcome) in enumerate(_read_ahead(project, listing.files), start=1):
        if isinstance(outcome, ImageError):
            skipped.append(SkippedFile(str(file.path), str(outcome)))
        elif earlier.has(outcome):
            already += 1
        elif reason := earlier.objection(outcome) or _duplicate(outcome, read):
            skipped.append(SkippedFile(str(file.path), reason))
        else:
            read[outcome.image_hash] = outcome
        yield Progress("Reading images", done, len(listing.files))
    _check_read(project, listing, read, already, skipped)
    images = _split(earlier, request, read, shares)
    root = request.source if request.source.is_dir() else request.source.parent
    project.add(images, skipped, root.resolve())
    patients = project.num_patients()
    yield from _warnings(project, shares, patients)
    yield Finished(
        {
            "project": str(project.path),
            "images": len(images),
            "already_there": already,
            "skipped": [asdict(file) for file in skipped],
            "classes": project.counts(),
            "patients": patients,
        }
    )


def _read_ahead(
    project: Project, files: list[LabelledFile]
) -> Iterator[tuple[LabelledFile, _Read | ImageError]]:
    remaining = iter(files)
    ahead: deque[tuple[LabelledFile, Future[_Read | ImageError]]] = deque()
    pool = ThreadPoolExecutor(_THREADS)
    try:
        for file in islice(remaining, _AHEAD):
            ahead.append((file, pool.submit(_read, project, file)))
        while ahead:
            file, future = ahead.popleft()
            outcome = future.result()
            for following in islice(remaining, 1):
                ahead.append((following, pool.submit(_read, project, following)))
            yield file, outcome
    finally:
        pool.shutdown(cancel_futures=True)


def _read(project: Project, file: LabelledFile) -> _Read | ImageError:
    try:
        height, width = read_pixels(file.path).values.shape[:2]
        with file.path.open("rb") as content:
            image_hash = hashlib.file_digest(content, "sha256").hexdigest()
    except ImageError as error:
        return error
    except OSError:
        return ImageError(f"{file.path.name} cannot be opened.", "Check its permissions.")
    identity = file.patient_id
    if identity is None and (tags := read_tags(file.path)) is not None:
        identity = tags.patient_id or None
    patient = None if identity is None else project.patient_hash(identity)
    return _Read(file, image_hash, patient, width, height)


class _Earlier:
    """The images of earlier imports: they stay as they are."""

    def __init__(self, images: Sequence[ImageRecord]) -> None:
        self.images = images
        self._by_hash = {image.image_hash: image for image in images}
        self._by_path = {image.path: image for image in images}

    def has(self, found: _Read) -> bool:
        """Whether this very file is in the project, with the same label."""
        image = self._by_hash.get(found.image_hash)
        return (
            image is not None
            and image.path == found.file.path.resolve()
            and image.class_name == found.file.class_name
        )

    def objection(self, found: _Read) -> str | None:
        """Why a file cannot be added beside these images."""
        if (twin := self._by_hash.get(found.image_hash)) is not None:
            return _same_content(found.file.class_name, twin.path, twin.class_name)
        if found.file.path.resolve() in self._by_path:
            return (
                "It has changed since it was imported; the project keeps what it knew. "
                "Import the changed image under another name."
            )
        return None


def _duplicate(found: _Read, read: Mapping[str, _Read]) -> str | None:
    twin = read.get(found.image_hash)
    if twin is None:
        return None
    return _same_content(found.file.class_name, twin.file.path, twin.file.class_name)


def _same_content(class_name: str, twin: Path, twin_class: str) -> str:
    if class_name == twin_class:
        return f"Its content is the same as that of {twin.name}."
    return (
        f"Its content is the same as that of {twin.name}, which has the label "
        f"{twin_class!r}, not {class_name!r}: one of the labels is wrong."
    )


def _check_classes(names: Set[str], source: str) -> None:
    if len(names) < 2:
        raise DatasetError(
            f"{source} has a single class, {min(names)!r}; a classifier needs at least two.",
            "Choose a folder with one sub-folder per class, or another label column.",
        )


def _check_read(
    project: Project,
    listing: Listing,
    read: Mapping[str, _Read],
    already: int,
    skipped: Sequence[SkippedFile],
) -> None:
    """What could be read must still be a data set."""
    reason = skipped[0].reason if skipped else ""
    if not read and not already:
        raise DatasetError(
            f"None of the {len(listing.files)} files could be read; the first: {reason}",
            "Check the files.",
        )
    names = {found.file.class_name for found in read.values()}.union(project.class_names)
    if len(names) < 2:
        raise DatasetError(
            f"Only images of class {min(names)!r} could be read, and a classifier needs at least "
            f"two classes; the first that could not: {reason}",
            "Check the files of the other classes.",
        )


def _warnings(project: Project, shares: Shares, patients: int | None) -> Iterator[Warned]:
    """What does not stop the import, but limits what may be concluded later."""
    if patients is None:
        yield Warned(
            "The patients are not known, so images of one patient may be in training and in test: "
            "leakage cannot be excluded and results may look better than they are.",
            "Import with a table that has a patient column.",
        )
    for class_name, counts in project.counts().items():
        for split, share in shares.by_split().items():
            if share > 0 and not counts[split]:
                yield Warned(
                    f"Class {class_name!r} has no image in the {split} split.",
                    "Add patients of this class, or correct the splits that the source gives.",
                )


def _split(
    earlier: _Earlier, request: ImportRequest, read: Mapping[str, _Read], shares: Shares
) -> list[NewImage]:
    """New images with their splits; patients of earlier imports keep theirs."""
    given = {image.patient or image.image_hash: image.split for image in earlier.images}
    items = [
        Item(image.image_hash, image.class_name, image.patient or image.image_hash)
        for image in earlier.images
    ]
    for image in read.values():
        group = image.patient or image.image_hash
        items.append(Item(image.image_hash, image.file.class_name, group))
        split = image.file.split
        if split is not None and given.setdefault(group, split) != split:
            raise DatasetError(
                f"The source puts one patient into two splits: {image.file.path.name} is in "
                f"{split!r}, another image of the patient in {given[group]!r}.",
                "Correct the split column, or leave it out to have patients kept together.",
            )
    splits = assign_splits(items, shares, request.seed, given)
    return [
        NewImage(
            path=image.file.path.resolve(),
            image_hash=image.image_hash,
            class_name=image.file.class_name,
            split=splits[image.patient or image.image_hash],
            patient=image.patient,
            width=image.width,
            height=image.height,
        )
        for image in read.values()
    ]


def _remove(project: Project) -> None:
    """Take back a project that this import made and could not fill."""
    shutil.rmtree(project.path, ignore_errors=True)
