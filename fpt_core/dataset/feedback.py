"""Verdicts as a table to hand on, and as new labels."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fpt_core.config import VolumeAxis
from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.project import Project
from fpt_core.dataset.reading import content_hashes
from fpt_core.dataset.records import ImageRecord
from fpt_core.dataset.verdict_table import Verdict
from fpt_core.errors import DatasetError, translate_os_error
from fpt_core.files import write_atomically

COLUMNS = (
    *("image_hash", "in_project", "label", "verdict", "class", "note", "reader"),
    *("answer", "probability", "model", "created"),
)
_NEEDED = ("image_hash", "verdict", "class")
_WORDS = {True: "agree", False: "disagree"}
_FORMULA = ("=", "+", "-", "@", "\t")
NEW_IMAGE_COLUMNS = ColumnChoice("file", "label", frame="frame", join="file").settled()
"""Of the table that ``new_image_table`` writes."""


@dataclass(frozen=True, slots=True)
class LabelChange:
    """An image whose label differs from what a reader says."""

    image: ImageRecord
    class_name: str
    """What it would be labelled."""
    reader: str


@dataclass(frozen=True, slots=True)
class FeedbackPlan:
    """What would change if verdicts became labels."""

    changes: tuple[LabelChange, ...]
    new: tuple[Verdict, ...]
    """Of images that are not in the project; one for each image."""
    as_labelled: int
    """Images that the readers call what they are labelled already."""
    open: int
    """Images of which no reader says what they show."""
    disputed: tuple[str, ...]
    """Hashes of images that readers call differently; they stay as they are."""


def export_verdicts(project: Project, path: Path) -> int:
    """Write all verdicts as CSV and return how many there are. No file or patient is named.

    Raises:
        DiskFullError: If there is no space left.
    """
    labels = {image.image_hash: image.class_name for image in _all_images(project)}
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    verdicts = project.verdicts()
    table.writerows(_row(verdict, labels) for verdict in verdicts)
    try:
        # With its mark spreadsheets read it as what it is, UTF-8.
        write_atomically(path, text.getvalue().encode("utf-8-sig"))
    except OSError as error:
        raise translate_os_error(error, path) from error
    return len(verdicts)


def read_verdicts(path: Path) -> tuple[Verdict, ...]:
    """The verdicts of a table that ``export_verdicts`` wrote, perhaps edited since.

    Raises:
        DatasetError: If it is no such table, or a row says what cannot be.
    """
    try:
        table = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
        rows = list(table)
    except OSError as error:
        raise translate_os_error(error, path) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{path.name} is no table in UTF-8.", "Export the verdicts again, as CSV."
        ) from error
    missing = [name for name in _NEEDED if name not in (table.fieldnames or ())]
    if missing:
        raise DatasetError(
            f"{path.name} has no column {' and no column '.join(missing)}.",
            f"A table of verdicts has the columns {', '.join(_NEEDED)}.",
        )
    return tuple(
        _verdict(row, f"Row {number} of {path.name}") for number, row in enumerate(rows, 2)
    )


def plan_labels(project: Project, verdicts: Iterable[Verdict]) -> FeedbackPlan:
    """What would change if these verdicts became labels; nothing is changed."""
    images: dict[str, list[ImageRecord]] = defaultdict(list)
    for image in _all_images(project):
        images[image.image_hash].append(image)
    said: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        said[verdict.image_hash].append(verdict)
    changes: list[LabelChange] = []
    new, disputed, as_labelled, left_open = [], [], 0, 0
    for key, group in said.items():
        named = [verdict for verdict in group if verdict.class_name]
        names = {verdict.class_name for verdict in named}
        if not names:
            left_open += 1
        elif len(names) > 1:
            disputed.append(key)
        elif key not in images:
            new.append(named[0])
        else:
            readers = ", ".join(sorted({v.reader for v in named if v.reader}))
            other = [
                LabelChange(image, named[0].class_name, readers)
                for image in images[key]
                if image.class_name != named[0].class_name
            ]
            changes += other
            as_labelled += not other
    return FeedbackPlan(tuple(changes), tuple(new), as_labelled, left_open, tuple(disputed))


def apply_labels(project: Project, changes: Sequence[LabelChange]) -> int:
    """Relabel, each change with its reader, and return how many images; undo takes it back."""
    together: dict[tuple[str, str], list[int]] = defaultdict(list)
    for change in changes:
        together[change.class_name, change.reader].append(change.image.id)
    for (class_name, reader), ids in together.items():
        project.relabel(ids, class_name, reader)
    return len(changes)


def new_image_table(
    new: Sequence[Verdict], folder: Path, axis: VolumeAxis, path: Path
) -> tuple[int, int]:
    """Find images by their content below ``folder`` and write a table to import them with.

    Args:
        new: What is looked for, with its labels.
        folder: Where.
        axis: The direction in which the project cuts volumes.
        path: The table; its columns are ``NEW_IMAGE_COLUMNS``.

    Returns:
        How many images were found, and how many were not.
    """
    wanted = {verdict.image_hash: verdict.class_name for verdict in new}
    rows = []
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        for frame, key in content_hashes(file, axis, wanted):
            rows.append((file.relative_to(folder).as_posix(), wanted.pop(key), frame))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerows([("file", "label", "frame"), *rows])
    path.write_text(text.getvalue(), "utf-8")
    return len(rows), len(wanted)


def _all_images(project: Project) -> list[ImageRecord]:
    return project.images(include_excluded=True)


def _row(verdict: Verdict, labels: dict[str, str]) -> Collection[object]:
    label = labels.get(verdict.image_hash)
    return (
        verdict.image_hash,
        "no" if label is None else "yes",
        label or "",
        _WORDS[verdict.agrees],
        verdict.class_name,
        _harmless(verdict.note),
        _harmless(verdict.reader),
        verdict.answer,
        "" if verdict.probability is None else f"{verdict.probability:.4f}",
        verdict.model,
        verdict.created,
    )


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _verdict(row: dict[str, str], place: str) -> Verdict:
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if given["verdict"] not in _WORDS.values():
        raise DatasetError(
            f"{place} has the verdict {given['verdict']!r}.", "Write agree or disagree."
        )
    try:
        probability = float(given["probability"]) if given["probability"] else None
        if len(bytes.fromhex(given["image_hash"])) != 32:
            raise ValueError
    except ValueError as error:
        raise DatasetError(
            f"{place} has no image hash of 64 hexadecimal digits, or a probability that is no "
            "number.",
            "Export the verdicts again; spreadsheets may have rewritten the column.",
        ) from error
    return Verdict(
        image_hash=given["image_hash"],
        agrees=given["verdict"] == _WORDS[True],
        class_name=given["class"],
        answer=given["answer"],
        probability=probability,
        model=given["model"],
        note=given["note"].removeprefix("'"),
        reader=given["reader"].removeprefix("'"),
        created=given["created"],
    )
