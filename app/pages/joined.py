"""What pages hear of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.main_window import MainWindow
    from app.theme import Colours
    from app.widgets.reader_field import ReaderField
    from fpt_core.dataset.project import Project


class Page(Protocol):
    """A panel that shows a project."""

    def set_project(self, project: Project | None) -> None:
        """Show ``project`` as it is now."""

    def close_readers(self) -> None:
        """End what runs in the background."""


class ColouredPage(Protocol):
    """A panel that draws what the style sheet does not reach."""

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""


def join(window: MainWindow, page: Page) -> None:
    """Tell ``page`` of the project, now and when it changes, and of the window's end."""
    window.closing.connect(page.close_readers)
    window.project_changed.connect(page.set_project)
    page.set_project(window.project)


def paint(window: MainWindow, page: ColouredPage) -> None:
    """Tell ``page`` of the theme, now and when it changes."""
    window.colours_changed.connect(page.set_colours)
    page.set_colours(window.colours)


def share_reader(window: MainWindow, field: ReaderField) -> None:
    """Let a reader who is named on one page be named on all, and after a restart."""
    window.reader_changed.connect(field.setText)
    field.textEdited.connect(window.set_reader)
    field.setText(window.reader)
