"""Data for the window's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.dataset_panel.dataset_panel import DatasetPanel
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord, NewImage, SkippedFile
from tests.pictures import write_image

JOB_TIMEOUT_MS = 120_000


def write_slow_folder(root: Path) -> Path:
    """Class folders with enough pixels that their import can be interrupted."""
    first = write_image(root / "a" / "0.png", seed=0, size=1200)
    (root / "b").mkdir()
    for index in range(1, 200):
        (root / "ab"[index % 2] / f"{index}.png").hardlink_to(first)
    return root


def make_project(folder: Path) -> Project:
    """A project of six images in two classes, and one file that was left out."""
    project = Project.create(folder / "six.fptproject")
    places = [(name, split) for name in ("healthy", "ill") for split in ("train", "val", "test")]
    images = [
        NewImage(
            path=write_image(folder / "six" / class_name / f"{split}.png", seed),
            image_hash=f"{seed:064x}",
            class_name=class_name,
            split=split,
            patient=None,
            width=48,
            height=48,
        )
        for seed, (class_name, split) in enumerate(places)
    ]
    left_out = SkippedFile(str(folder / "six" / "ill" / "broken.png"), "It is truncated.")
    project.add(images, [left_out], folder / "six")
    return project


def make_records(
    number: int, classes: tuple[str, ...] = ("healthy", "ill"), *, patients: bool = True
) -> list[ImageRecord]:
    """Images of no files: three per patient, classes and splits in turn by patient."""
    splits = ("train", "val", "test")
    return [
        ImageRecord(
            id=1000 + row,
            path=Path("/data") / classes[row // 3 % len(classes)] / f"Scan_{row:03d}.png",
            frame=0,
            image_hash=f"{row:064x}",
            class_name=classes[row // 3 % len(classes)],
            split=splits[row // 3 % 3],
            fold=None if row // 3 % 3 == 2 else row // 3 % 2,
            patient=f"{row // 3:04x}" * 16 if patients else None,
            width=10 + row,
            height=10,
            excluded=row == 1,
        )
        for row in range(number)
    ]


def classes_shown(panel: DatasetPanel) -> list[str]:
    """The classes in the Dataset panel's table."""
    table = panel.page.classes.counts
    names = [table.class_name(row) for row in range(table.rowCount())]
    return [name for name in names if name is not None]


def when_asked(kind: type[QWidget], answer: Callable[[Any], None]) -> None:
    """Answer the next dialog of this kind as soon as it is on screen."""

    def look() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, kind) and widget.isVisible():
                answer(widget)
                return
        QTimer.singleShot(10, look)

    look()


def press(text: str) -> Callable[[QMessageBox], None]:
    """Presses the button with this text."""
    return lambda box: next(b for b in box.buttons() if b.text() == text).click()


def confirm_import(qtbot: QtBot, panel: DatasetPanel) -> None:
    """Click Import as soon as it is asked for."""
    page = panel.import_flow.page
    qtbot.waitUntil(lambda: page.isVisible() and page.start.isEnabled(), timeout=JOB_TIMEOUT_MS)
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)


def drop(widget: QWidget, path: Path) -> None:
    """Drag a file over ``widget`` and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    where = widget.rect().center()
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(where, copy, mime, left, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(where), copy, mime, left, none))
