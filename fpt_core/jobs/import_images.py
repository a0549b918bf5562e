"""Read a source into a project and split it by patient. Needs no torch."""

from __future__ import annotations

import hashlib
import shutil
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice

from fpt_core.dataset.importers.folder import list_folder
from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.importers.table import TABLE_SUFFIXES, choose_columns, list_table, read_table
from fpt_core.dataset.project import NewImage, Project, SkippedFile
from fpt_core.dataset.splits import Item, Shares, assign_splits
from fpt_core.errors import DatasetError, ImageError
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.images import read_pixels
from fpt_core.images.dicom import is_dicom, patient_id
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
    listing = _list(request)
    created = not Project.exists(request.project)
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
    known = {image.image_hash: image for image in project.images()}
    read: dict[str, _Read] = {}
    skipped = list(listing.skipped)
    already = 0
    yield Progress("Reading images", 0, len(listing.files))
    for done, (file, outcome) in enumerate(_read_ahead(project, listing.files), start=1):
        if isinstance(outcome, ImageError):
            skipped.append(SkippedFile(str(file.path), str(outcome)))
        elif outcome.image_hash in read:
            twin = read[outcome.image_hash].file
            skipped.append(SkippedFile(str(file.path), _duplicate_reason(file, twin)))
        elif outcome.image_hash in known:
            already += 1
        else:
            read[outcome.image_hash] = outcome
        yield Progress("Reading images", done, len(listing.files))
    if not read and not already:
        raise DatasetError(
            f"None of the {len(listing.files)} files could be read; the first: "
            f"{skipped[0].reason if skipped else ''}",
            "Check the files.",
        )
    images = _split(project, request, read, shares)
    project.add(images, skipped)
    patients = project.num_patients()
    if patients is None:
        yield Warned(
            "The patients are not known, so images of one patient may be in training and in test: "
            "leakage cannot be excluded and results may look better than they are.",
            "Import with a table that has a patient column.",
        )
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


def _list(request: ImportRequest) -> Listing:
    source = request.source
    if not source.exists():
        raise DatasetError(f"{source} does not exist.", "Check the path.")
    labels = request.labels
    if labels is None and source.is_file():
        if source.suffix.lower() not in TABLE_SUFFIXES:
            raise DatasetError(
                f"{source.name} is neither a folder nor a table (CSV or TSV).",
                "Choose a folder with one sub-folder per class, or a table of files and labels.",
            )
        labels, source = source, source.parent
    if labels is None:
        return list_folder(source)
    table = read_table(labels)
    columns = choose_columns(
        table,
        request.path_column,
        request.label_column,
        request.patient_column,
        request.split_column,
    )
    return list_table(table, columns, source)


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
    if identity is None and is_dicom(file.path):
        identity = patient_id(file.path)
    patient = None if identity is None else project.patient_hash(identity)
    return _Read(file, image_hash, patient, width, height)


def _duplicate_reason(file: LabelledFile, twin: LabelledFile) -> str:
    if file.class_name == twin.class_name:
        return f"Its content is the same as that of {twin.path.name}."
    return (
        f"Its content is the same as that of {twin.path.name}, which has the label "
        f"{twin.class_name!r}, not {file.class_name!r}: one of the labels is wrong."
    )


def _split(
    project: Project, request: ImportRequest, read: dict[str, _Read], shares: Shares
) -> list[NewImage]:
    """New images with their splits; patients of earlier imports keep theirs."""
    earlier = project.images()
    fixed = {image.patient or image.image_hash: image.split for image in earlier}
    items = [
        Item(image.image_hash, image.class_name, image.patient or image.image_hash)
        for image in earlier
    ]
    given: dict[str, str] = {}
    for image in read.values():
        group = image.patient or image.image_hash
        items.append(Item(image.image_hash, image.file.class_name, group))
        split = image.file.split
        if split is None or group in fixed:
            continue
        if given.setdefault(group, split) != split:
            raise DatasetError(
                f"The source puts one patient into two splits: {image.file.path.name} is in "
                f"{split!r}, another image of the patient in {given[group]!r}.",
                "Correct the split column, or leave it out to have patients kept together.",
            )
    splits = assign_splits(items, shares, request.seed, {**given, **fixed})
    return [
        NewImage(
            path=image.file.path.resolve(),
            image_hash=image.image_hash,
            class_name=image.file.class_name,
            split=splits[image.image_hash],
            patient=image.patient,
            width=image.width,
            height=image.height,
        )
        for image in read.values()
    ]


def _remove(project: Project) -> None:
    """Take back a project that this import made and could not fill."""
    shutil.rmtree(project.path, ignore_errors=True)
