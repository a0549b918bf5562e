"""What completes a listing: whose the images are, stacks in order, and all that was left over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fpt_core.dataset.importers.listing import LabelledFile, Listing
from fpt_core.dataset.importers.survey import Survey
from fpt_core.dataset.patients import patient_in, somebody
from fpt_core.dataset.records import SkippedFile
from fpt_core.events import Warned


def leave_out_without_image(found: Survey, listing: Listing) -> None:
    """Skip DICOM files that have labels but hold no image."""
    if not found.headers.without_image:
        return
    without = {
        found.tree.path(place): reason for place, reason in found.headers.without_image.items()
    }
    listing.skipped += [
        SkippedFile(str(file.path), without[file.path])
        for file in listing.files
        if file.path in without
    ]
    listing.files = [file for file in listing.files if file.path not in without]


def left_over(found: Survey, listing: Listing, rest: str) -> Iterator[SkippedFile]:
    """Everything else in the source, with its reason.

    Args:
        found: The source.
        listing: What has its place already.
        rest: The reason for images without a label.
    """
    yield from found.tree.skipped
    told = {str(file.path) for file in listing.files} | {file.path for file in listing.skipped}
    for place in found.tree.images:
        path = found.tree.text(place)
        if path not in told:
            yield SkippedFile(path, found.headers.without_image.get(place, rest))
    used = {*listing.tables}
    for place in found.tree.tables:
        if found.tree.path(place) not in used:
            yield SkippedFile(found.tree.text(place), "It is a table or text, not an image.")


def add_patients(found: Survey, listing: Listing, pattern: re.Pattern[str] | None) -> None:
    """Say whose the images are, as far as the table, the pattern or the header know."""
    tags = {found.tree.path(place): tag for place, tag in found.headers.tags.items()}
    if not tags and pattern is None:
        listing.warnings += _doubts(listing.files, 0)
        return
    studies = {tag.study_uid or tag.series_uid for tag in tags.values()} - {""}
    unmatched = 0
    for index, file in enumerate(listing.files):
        patient = file.patient_id
        if patient is None and pattern is not None:
            patient = patient_in(pattern, file.path, found.tree.root)
            unmatched += patient is None
        examination = None
        if patient is None and file.path in tags:
            tag = tags[file.path]
            patient = somebody(tag.patient_id)
            # One and the same for all, as some anonymisers write it, it tells nothing.
            if patient is None and len(studies) > 1:
                examination = tag.study_uid or tag.series_uid or None
        if patient is not file.patient_id or examination is not None:
            listing.files[index] = replace(file, patient_id=patient, examination=examination)
    listing.warnings += _doubts(listing.files, unmatched)


def _doubts(files: Sequence[LabelledFile], unmatched: int) -> Iterator[Warned]:
    """What makes the patients doubtful."""
    if unmatched:
        yield Warned(
            f"The patient pattern finds no patient in {unmatched:,} of {len(files):,} paths.",
            "Correct the pattern; an image without a patient counts as one of its own.",
        )
    if len(files) > 1 and files[0].patient_id and len({file.patient_id for file in files}) == 1:
        yield Warned(
            "All images are of one patient, so that they cannot be divided into splits.",
            "If the PatientID was taken out, give a table column or a pattern for patients.",
        )


def order_stacks(found: Survey, listing: Listing) -> None:
    """Put slices of one stack together and in order, where the first of them was."""
    if not found.stacks:
        return
    place_in: dict[Path, tuple[str, int]] = {
        found.tree.path(place): (series, index)
        for series, places in found.stacks.items()
        for index, place in enumerate(places)
    }
    first: dict[str, int] = {}
    keyed = []
    for number, file in enumerate(listing.files):
        series, index = place_in.get(file.path, (None, 0))
        start = number if series is None else first.setdefault(series, number)
        keyed.append(((start, index), file if series is None else replace(file, series=series)))
    listing.files = [file for _, file in sorted(keyed, key=lambda pair: pair[0])]
