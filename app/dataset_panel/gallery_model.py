"""The images that the filter lets through, as a list for the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.dataset_panel.catalogue import Catalogue, ImageFilter, Rows
from app.dataset_panel.words import SPLIT_WORDS
from fpt_core.dataset.records import ImageRecord, is_known

_PATIENT_SHOWN = 8
"""Characters of a patient's hash that are shown."""
Index = QModelIndex | QPersistentModelIndex


class GalleryModel(QAbstractListModel):
    """Holds no pixels: the delegate draws them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.catalogue = Catalogue(())
        self._rows: Rows = np.empty(0, dtype=np.intp)
        self._group_of: dict[int, int] = {}

    def show_images(self, catalogue: Catalogue, wanted: ImageFilter) -> None:
        """List what passes the filter."""
        self.beginResetModel()
        self.catalogue = catalogue
        self._rows = catalogue.select(wanted)
        groups = wanted.groups or ()
        self._group_of = {
            number: place
            for place, group in enumerate(groups, start=1)
            for number in group
            if len(groups) < sum(map(len, groups))  # else none belongs to another
        }
        self.endResetModel()

    def image(self, row: int) -> ImageRecord:
        """The image in a row."""
        return self.catalogue.images[self._rows[row]]

    def group(self, row: int) -> int | None:
        """Which group of a finding the image is of, from 1; ``None`` where there are no groups."""
        return self._group_of.get(self.image(row).id)

    def ids(self, rows: Sequence[int]) -> NDArray[np.int64]:
        """The ids of the images in these rows."""
        return self.catalogue.ids[self._rows[np.array(rows, dtype=np.intp)]]

    def rows_of(self, ids: NDArray[np.int64]) -> list[int]:
        """The rows of those of these images that are listed."""
        return np.flatnonzero(np.isin(self.catalogue.ids[self._rows], ids)).tolist()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        image = self.image(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return image.class_name
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._description(index.row())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._description(index.row()).replace("\n", ", ")
        return None

    def _description(self, row: int) -> str:
        group = self.group(row)
        text = describe(self.image(row))
        return text if group is None else f"{text}\nGroup {group} of the finding"


def describe(image: ImageRecord) -> str:
    """What is known of an image, line by line."""
    patient = (image.patient or "")[:_PATIENT_SHOWN] if is_known(image.patient) else "unknown"
    fold = "" if image.fold is None else f", fold {image.fold + 1}"
    lines = [
        image.path.name + (f", frame {image.frame + 1}" if image.frame else ""),
        f"Class {image.class_name}",
        f"{SPLIT_WORDS[image.split]}{fold}",
        f"{image.width} x {image.height} px",
        f"Patient {patient}",
    ]
    return "\n".join([*lines, "Excluded"] if image.excluded else lines)
