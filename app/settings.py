"""What the window remembers from one start to the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.theme import Theme


class Settings:
    """Layout, theme and last project, in an ini file of the user's.

    Args:
        path: The ini file; ``None``: the usual place.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            self._store = QSettings(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, "FPT Studio", "FPT Studio"
            )
        else:
            self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> Theme:
        """Light, dark, or as the system has it."""
        name = self._store.value("theme", Theme.SYSTEM.value)
        return Theme(name) if name in {theme.value for theme in Theme} else Theme.SYSTEM

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._store.setValue("theme", theme.value)

    @property
    def geometry(self) -> QByteArray | None:
        """Place and size of the window."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._store.setValue("geometry", geometry)

    @property
    def reader(self) -> str:
        """Who looks at images here, as they named themselves; may be empty."""
        return str(self._store.value("reader") or "")

    @reader.setter
    def reader(self, name: str) -> None:
        self._store.setValue("reader", name)

    @property
    def last_project(self) -> Path | None:
        """The project that was open last."""
        value = self._store.value("last_project")
        return Path(str(value)) if value else None

    @last_project.setter
    def last_project(self, path: Path) -> None:
        self._store.setValue("last_project", str(path))
