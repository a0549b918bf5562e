"""From a value in a table to the images that it means: by file, or by a DICOM identifier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from fpt_core.dataset.importers.columns import JOINS, Join
from fpt_core.dataset.importers.lookup import FileIndex, NotFound
from fpt_core.dataset.importers.tree import Tree
from fpt_core.images.dicom_tags import DicomTags

_FIELDS: Mapping[Join, str] = {
    "PatientID": "patient_id",
    "StudyInstanceUID": "study_uid",
    "SeriesInstanceUID": "series_uid",
    "SOPInstanceUID": "instance_uid",
    "AccessionNumber": "accession_number",
}


class Matcher:
    """The images of a source, by all that tables may call them.

    Args:
        tree: The source.
        tags: Headers of its DICOM files, or of a sample of them.
        table: The table, if relative paths may start from its folder too.
    """

    def __init__(self, tree: Tree, tags: Mapping[str, DicomTags], table: Path | None = None):
        self._files = FileIndex(tree.root, tree.images, _beside(tree.root, table))
        self._by_value: dict[Join, dict[str, list[str]]] = {join: {} for join in _FIELDS}
        for place, tag in tags.items():
            for join, field in _FIELDS.items():
                if value := getattr(tag, field):
                    self._by_value[join].setdefault(value, []).append(place)
        self._by_number = {join: _by_number(values) for join, values in self._by_value.items()}

    @property
    def joins(self) -> tuple[Join, ...]:
        """The joins that the source has values for."""
        return tuple(join for join in JOINS if join == "file" or self._by_value[join])

    def places(
        self, join: Join, value: str, hints: Collection[str] = ()
    ) -> tuple[str, ...] | NotFound:
        """The images that ``value`` means; ``hints`` are other values of its row."""
        if join == "file":
            found = self._files.find(value, hints)
            return found if isinstance(found, NotFound) else (found,)
        values = self._by_value[join]
        if value in values:
            return tuple(values[value])
        # Spreadsheets take the zeros from the front of numbers.
        alike = self._by_number[join].get(value.lstrip("0"), []) if value.isdecimal() else []
        if len(alike) == 1:
            return tuple(values[alike[0]])
        if alike:
            return NotFound(f"Several {join}s of the images differ from it in leading zeros only.")
        return NotFound(f"No image has the {join} of this row.")


def _beside(root: Path, table: Path | None) -> str:
    """The table's folder below the root; empty where it is the root, or elsewhere."""
    if table is None or not table.absolute().is_relative_to(root.absolute()):
        return ""
    place = table.absolute().parent.relative_to(root.absolute()).as_posix()
    return "" if place == "." else place


def _by_number(values: Mapping[str, object]) -> dict[str, list[str]]:
    """Values that are whole numbers, by what remains without leading zeros."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for value in values:
        if value.isdecimal():
            numbers[value.lstrip("0")].append(value)
    return numbers
