from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray

from app.settings import Settings
from app.theme import Theme


def test_nothing_is_remembered_at_first(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")

    assert settings.theme is Theme.SYSTEM
    assert settings.geometry is None
    assert settings.last_project is None


def test_what_is_set_is_there_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    settings.theme = Theme.DARK
    settings.geometry = QByteArray(b"place")
    settings.last_project = tmp_path / "Ärzte, Ünïcode.fptproject"
    del settings

    again = Settings(tmp_path / "settings.ini")
    assert again.theme is Theme.DARK
    assert again.geometry == QByteArray(b"place")
    assert again.last_project == tmp_path / "Ärzte, Ünïcode.fptproject"


def test_a_damaged_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "settings.ini").write_text("theme=purple\ngeometry=[[[\n\0")

    settings = Settings(tmp_path / "settings.ini")

    assert settings.theme is Theme.SYSTEM
    assert settings.geometry is None
