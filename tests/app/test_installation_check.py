from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.installation_check import InstallationCheck
from app.main_window import MainWindow
from fpt_core import installation
from fpt_core.installation import MANIFEST, Installation, write_manifest


@pytest.mark.parametrize("damaged", [False, True])
def test_only_damage_is_told(
    damaged: bool,
    window: MainWindow,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(installation, "_notes", lambda: tmp_path / "notes")
    library = tmp_path / "program" / "libtorch.so"
    library.parent.mkdir()
    library.write_bytes(b"x" * 100)
    write_manifest(library.parent, library.parent / MANIFEST, "1.0")
    if damaged:
        library.write_bytes(b"y" * 100)

    check = InstallationCheck(Installation.read(library.parent / MANIFEST, library.parent), window)
    with qtbot.waitSignal(check.done, timeout=30_000):
        pass

    box = window.findChild(QMessageBox, "installationBox")
    assert (box is not None) == damaged
    if box is not None:
        assert "libtorch.so" in box.text()
        assert "Install it again" in box.informativeText()
        box.close()
