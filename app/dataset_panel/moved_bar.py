"""Says that a folder is not where it was, and asks where it is now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.dataset_panel.words import count_of
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.root_table import Root


class MovedBar(MessageBar):
    """Hidden while every folder is there.

    Signals:
        relocate_wanted(old, new): A folder that was at ``old`` is at ``new`` now.
    """

    relocate_wanted = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("movedMessage", parent)

    def show_missing(self, missing: Sequence[Root]) -> None:
        """Ask for the first of these folders."""
        if not missing:
            self.hide()
            return
        root, more = missing[0], len(missing) - 1
        others = f" {count_of(more, 'other folder')} cannot be found, too." if more else ""
        self.say(
            "Folder not found",
            f"{count_of(root.images, 'image')} should be in {root.path}. Was the folder moved, or "
            f"is a drive not connected?{others}",
            "Locate…",
            lambda: self._locate(root.path),
        )

    def _locate(self, old: Path) -> None:
        new = QFileDialog.getExistingDirectory(self, f"Where is {old.name} now?")
        if new:
            self.relocate_wanted.emit(old, Path(new))
        else:
            self.show()
