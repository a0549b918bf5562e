"""Whose work is in this program, and under which terms."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

_USUAL_NAMES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING", "NOTICE")
_SHORT = 60


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of one component."""

    component: str
    """Name and version."""
    terms: str
    """In a word, such as MIT; empty where only the text says it."""
    text: str


def licences() -> list[Licence]:
    """Of all packages here and, in a bundle, of the libraries of the system that are inside."""
    found = {_name(each): _of_package(each) for each in distributions() if each.metadata["Name"]}
    return sorted([*found.values(), *_of_libraries()], key=lambda each: each.component.casefold())


def _name(package: Distribution) -> str:
    return f"{package.metadata['Name']} {package.version}"


def terms_of(metadata: PackageMetadata) -> str:
    """The licence of a package in a word, as it says it itself; empty where it does not."""
    terms = str(metadata.get("License-Expression") or metadata.get("License") or "").strip()
    if terms and len(terms) <= _SHORT:
        return terms
    kinds = [kind for kind in metadata.get_all("Classifier", []) if kind.startswith("License ::")]
    return str(kinds[0]).rpartition(" :: ")[2] if kinds else terms[:_SHORT].partition("\n")[0]


def _of_package(package: Distribution) -> Licence:
    names = [*(package.metadata.get_all("License-File") or ()), *_USUAL_NAMES]
    places = [place for name in names for place in (f"licenses/{name}", name)]
    texts = dict.fromkeys(text for place in places if (text := package.read_text(place)))
    text = "\n\n".join(texts) or str(package.metadata.get("License") or "")
    return Licence(_name(package), terms_of(package.metadata), text)


def _of_libraries() -> list[Licence]:
    folder = Path(getattr(sys, "_MEIPASS", "")) / "licences"
    if not hasattr(sys, "_MEIPASS") or not folder.is_dir():
        return []
    return [
        Licence(path.stem, "", path.read_text(encoding="utf-8", errors="replace"))
        for path in sorted(folder.glob("*.txt"))
    ]


class LicencesDialog(QDialog):
    """A list of components, and the terms of the one that is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("licencesDialog")
        self.setWindowTitle("Third-party licences")
        self.resize(900, 560)
        self._licences = licences()
        self.components = QListWidget()
        self.components.setObjectName("licenceComponents")
        self.components.setAccessibleName("Components")
        for licence in self._licences:
            terms = f" · {licence.terms.splitlines()[0]}" if licence.terms else ""
            self.components.addItem(f"{licence.component}{terms}")
        self.text = QPlainTextEdit()
        self.text.setObjectName("licenceText")
        self.text.setAccessibleName("Terms")
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.components.currentRowChanged.connect(self._on_chosen)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.components)
        splitter.addWidget(self.text)
        splitter.setSizes([320, 580])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(splitter)
        layout.addWidget(buttons)
        self.components.setCurrentRow(0)

    def _on_chosen(self, row: int) -> None:
        self.text.setPlainText(self._licences[row].text)
