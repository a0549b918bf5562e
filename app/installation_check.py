"""The contents of the program's own files, compared in the background after a start."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from app.widgets.background import BackgroundReader
from fpt_core.errors import FptError
from fpt_core.installation import Installation


class InstallationCheck(BackgroundReader):
    """Says in a box which files are damaged; silent where all are whole.

    Args:
        installation: The program's own; sizes were compared before the window was there.
        window: Over which the box is shown.
    """

    def __init__(self, installation: Installation, window: QWidget) -> None:
        super().__init__(threads=1, parent=window)
        self._window = window
        self.done.connect(self._on_done)
        self.start("contents", installation.check_contents_once)

    def _on_done(self, key: object, outcome: object) -> None:
        if isinstance(outcome, FptError):
            box = QMessageBox(self._window)
            box.setObjectName("installationBox")
            box.setIcon(QMessageBox.Icon.Warning)
            box.setWindowTitle("FPT Studio")
            box.setText(outcome.message)
            box.setInformativeText(outcome.remedy)
            box.open()
