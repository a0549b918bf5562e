"""A view with its title, and a menu to take it away as a picture or a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.evaluate_panel.pictures import copy_picture, save_png, save_svg
from app.widgets.menu_button import make_menu_button
from fpt_core.errors import FptError

_SAVERS: dict[str, Callable[[QWidget, Path], None]] = {".png": save_png, ".svg": save_svg}


class Tile(QWidget):
    """One view of the page.

    Args:
        title: Over the view.
        view: What is shown; its ``table()`` gives it as rows.
        beside: Stands at the title's right.
        failed: Told where a picture cannot be written.
        picture: Whether the view is one; a table is none.
    """

    def __init__(
        self,
        title: str,
        view: Any,
        failed: Callable[[FptError], None],
        beside: QWidget | None = None,
        *,
        picture: bool = True,
    ) -> None:
        super().__init__()
        self._title, self._view, self._failed = title, view, failed
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        name = view.objectName()
        ways: list[tuple[str, str, Callable[[], object]]] = [
            (f"{name}CopyTable", "Copy as table", self.copy_table)
        ]
        if picture:
            ways = [
                (f"{name}CopyPicture", "Copy as picture", self.copy_picture),
                *ways,
                (f"{name}SavePng", "Save as PNG…", lambda: self._save(".png")),
                (f"{name}SaveSvg", "Save as SVG…", lambda: self._save(".svg")),
            ]
        menu = make_menu_button(f"{name}Menu", "Copy", ways)
        menu.setAccessibleName(f"Copy or save: {title}")
        menu.setProperty("role", "quiet")
        head = QHBoxLayout()
        head.addWidget(heading)
        head.addStretch()
        if beside is not None:
            head.addWidget(beside)
        head.addWidget(menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(view, stretch=1)

    def copy_table(self) -> None:
        """Put the view's values on the clipboard, as spreadsheets paste them."""
        rows = ["\t".join(row) for row in self._view.table()]
        QApplication.clipboard().setText("\n".join(rows))

    def copy_picture(self) -> None:
        """Put the view on the clipboard, as pixels and as vectors."""
        copy_picture(self._view)

    def _save(self, suffix: str) -> None:
        offered = f"{self._title}{suffix}"
        file, _ = QFileDialog.getSaveFileName(self, "Save picture", offered, f"*{suffix}")
        if not file:
            return
        path = Path(file)
        path = path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)
        try:
            _SAVERS[suffix](self._view, path)
        except FptError as error:
            self._failed(error)
