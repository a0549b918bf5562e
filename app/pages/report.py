"""The report of a run, in a window of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.report_dialog.report_dialog import ReportDialog

if TYPE_CHECKING:
    from app.main_window import MainWindow


def show_report(window: MainWindow, run_id: str) -> None:
    """Let what can be published of a run be written."""
    if window.project is not None:
        dialog = ReportDialog(window.project, run_id, window.colours, window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        window.closing.connect(dialog.close)
        dialog.show()
