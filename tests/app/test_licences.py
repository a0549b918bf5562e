from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.licences import LicencesDialog, licences
from app.main_window import MainWindow


def test_every_package_is_listed_with_its_terms() -> None:
    found = {each.component.split()[0].casefold(): each for each in licences()}
    for name in ("torch", "numpy", "pydicom", "imagecodecs", "timm"):
        assert found[name].text.strip(), name
    assert "LGPL" in found["pyside6_essentials"].terms
    assert max(len(each.terms.splitlines()[0]) for each in found.values() if each.terms) < 200


def test_libraries_of_the_system_come_from_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "licences").mkdir()
    (tmp_path / "licences" / "libxcb1 1.15.txt").write_text("MIT terms", encoding="utf-8")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    (found,) = [each for each in licences() if each.component == "libxcb1 1.15"]
    assert found.text == "MIT terms"


def test_the_one_that_is_chosen_is_shown(qtbot: QtBot) -> None:
    dialog = LicencesDialog()
    qtbot.addWidget(dialog)
    row = next(
        row
        for row in range(dialog.components.count())
        if dialog.components.item(row).text().startswith("pydicom ")
    )
    dialog.components.setCurrentRow(row)
    assert "pydicom" in dialog.text.toPlainText()


def test_help_leads_to_them(window: MainWindow, qtbot: QtBot) -> None:
    window.show_licences()
    dialog = window.findChild(QDialog, "licencesDialog")
    assert dialog is not None
    assert dialog.isVisible()
    dialog.reject()
