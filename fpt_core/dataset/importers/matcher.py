"""From a value in a table to the images that it means: by file, or by a DICOM identifier."""

from __future__ import annotations

import copy
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
    """

    def __init__(self, tree: Tree, tags: Mapping[str, DicomTags]) -> None:
        self._root = tree.root.absolute()
        self._files = FileIndex(tree.root, tree.images)
        self._beside = ""
        self._by_value: dict[Join, dict[str, list[str]]] = {join: {} for join in _FIELDS}
        for place, tag in tags.items():
            for join, field in _FIELDS.items():
                if value := getattr(tag, field):
                    self._by_value[join].setdefault(value, []).append(place)
        self._by_number = {join: _by_number(values) for join, values in self._by_value.items()}

    def beside(self, table: Path) -> Matcher:
        """The same for a table from whose folder relative paths may start too."""
        folder = table.absolute().parent
        matcher = copy.copy(self)
        inside = folder.is_relative_to(self._root) and folder != self._root
        matcher._beside = folder.relative_to(self._root).as_posix() if inside else ""
        return matcher

    @property
    def joins(self) -> tuple[Join, ...]:
        """The joins that the source has values for."""
        return tuple(join for join in JOINS if join == "file" or self._by_value[join])

    def places(
        self, join: Join, value: str, hints: Collection[str] = ()
    ) -> tuple[str, ...] | NotFound:
        """The images that ``value`` means; ``hints`` are other values of its row."""
        if join == "file":
            found = self._files.find(value, hints, self._beside)
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


def _by_number(values: Mapping[str, object]) -> dict[str, list[str]]:
    """Values that are whole numbers, by what remains without leading zeros."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for value in values:
        if value.isdecimal():
            numbers[value.lstrip("0")].append(value)
    return numbers
