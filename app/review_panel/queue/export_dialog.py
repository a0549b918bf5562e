"""What is handed on of a queue, and where to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QVBoxLayout,
    QWidget,
)

_NAMES = (
    "File names are written relative to what was dropped, so that you find your images again. "
    "Names in which a DICOM file's own patient name or numbers were found are left out. "
    "Other names may name a patient too: look before you pass them on."
)
_WIDTH_PX = 460


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What was chosen."""

    folder: Path
    csv: bool
    xlsx: bool
    overlays: bool
    copies: bool
    all_names: bool


class ExportDialog(QDialog):
    """Asks what to write.

    Args:
        images: How many images the table shows; these are written.
    """

    def __init__(self, images: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle("Export answers")
        self.setMinimumWidth(_WIDTH_PX)
        self.csv = _check("exportCsv", "Table as CSV", checked=True)
        self.xlsx = _check("exportXlsx", "Table as XLSX")
        self.overlays = _check("exportOverlays", "Images with their evidence laid over, as PNG")
        self.copies = _check("exportCopies", "Copies of the images, in a folder for each class")
        self.all_names = _check("exportAllNames", "Also names that hold a patient's identifier")
        # Copies hold all that the files hold: that is said where it is chosen.
        self.copies.setToolTip("The files are copied as they are, with what is in them.")
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        heading = QLabel(f"{images:,} images, as the table shows them")
        heading.setProperty("role", "heading")
        layout.addWidget(heading)
        for box in (self.csv, self.xlsx, self.overlays, self.copies):
            layout.addWidget(box)
            box.toggled.connect(self._on_toggled)
        note = QLabel(_NAMES)
        note.setProperty("role", "hint")
        note.setWordWrap(True)
        layout.addSpacing(4)
        layout.addWidget(note)
        layout.addWidget(self.all_names)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = buttons.addButton("Choose folder…", QDialogButtonBox.ButtonRole.AcceptRole)
        self._go.setObjectName("exportChooseFolder")
        self._go.setProperty("role", "primary")
        self._go.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    def _on_toggled(self) -> None:
        boxes = (self.csv, self.xlsx, self.overlays, self.copies)
        self._go.setEnabled(any(box.isChecked() for box in boxes))

    def choice(self, folder: Path) -> ExportChoice:
        """What was chosen, to be written into ``folder``."""
        return ExportChoice(
            folder,
            self.csv.isChecked(),
            self.xlsx.isChecked(),
            self.overlays.isChecked(),
            self.copies.isChecked(),
            self.all_names.isChecked(),
        )


def ask_for_export(images: int, parent: QWidget) -> ExportChoice | None:
    """Ask what to write and where; ``None`` where nothing is wanted."""
    dialog = ExportDialog(images, parent)
    accepted = dialog.exec()
    dialog.deleteLater()
    if not accepted:
        return None
    folder = QFileDialog.getExistingDirectory(parent, "Folder for the export")
    return dialog.choice(Path(folder)) if folder else None


def _check(name: str, text: str, *, checked: bool = False) -> QCheckBox:
    box = QCheckBox(text)
    box.setObjectName(name)
    box.setAccessibleName(text)
    box.setChecked(checked)
    return box
