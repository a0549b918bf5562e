"""The queue in the real panel, with a real worker, real files, and drops, mouse and keys."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMessageBox, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from app.review_panel.queue.export_dialog import ExportChoice, ExportDialog
from app.review_panel.queue.queue_table import CLASS, FLAGS, NAME, PROBABILITY
from app.review_panel.review_panel import ReviewPanel
from fpt_core.answers.series_rule import SeriesRule
from fpt_core.jobs.requests import PredictRequest, WatchRequest
from tests.app.samples import press, when_asked
from tests.pictures import write_image
from tests.sources import write_dicom

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def panel(qtbot: QtBot, trained: tuple[Path, Path]) -> Iterator[ReviewPanel]:
    panel = ReviewPanel()
    qtbot.addWidget(panel)
    panel.resize(1188, 660)
    panel.show()
    panel.activateWindow()
    panel.use_model(trained[1])
    yield panel
    panel.close_readers()


@pytest.fixture
def asked(panel: ReviewPanel) -> list[PredictRequest]:
    requests: list[PredictRequest] = []
    panel.predict_wanted.connect(requests.append)
    return requests


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Two pictures, a broken one, a DICOM series and a ZIP."""
    folder = tmp_path / "scans"
    for number in range(2):
        write_image(folder / f"{number}.png", number, 60 + 100 * number)
    (folder / "broken.png").write_bytes(b"nothing")
    (folder / "series").mkdir()
    for number in range(2):
        source = get_testdata_file("CT_small.dcm", download=False)
        shutil.copy(source, folder / "series" / f"IM{number}")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.write(folder / "0.png", "zipped.png")
    return folder


def drop(panel: ReviewPanel, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    panel.dropEvent(event)


def cells(panel: ReviewPanel, column: int) -> list[str]:
    table = panel.many.queue.table
    return [table.index(row, column).data() for row in range(table.rowCount())]


def is_done(panel: ReviewPanel, images: int) -> bool:
    queue = panel.many.queue
    return (
        not queue.is_busy
        and queue.bar.isHidden()
        and queue.table.rowCount() == images
        and "Waiting" not in cells(panel, CLASS)
    )


def test_a_dropped_folder_fills_the_table_and_is_sorted_and_filtered(
    qtbot: QtBot, panel: ReviewPanel, until: Until, scans: Path
) -> None:
    drop(panel, scans)
    assert panel.many.queue.isVisible()
    until(lambda: is_done(panel, 5))
    names = cells(panel, NAME)
    assert {"scans/series, 2 slices", "scans/more.zip/zipped.png"} <= set(names)
    broken = names.index("scans/broken.png")
    assert cells(panel, CLASS)[broken] == "Not answered"
    assert "broken.png" in cells(panel, FLAGS)[broken]

    header = panel.many.queue.view.horizontalHeader()
    where = header.sectionViewportPosition(PROBABILITY) + 10
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=header.rect().topLeft()
                         + type(header.rect().topLeft())(where, 8))  # fmt: skip
    shares = [float(text.rstrip("%")) for text in cells(panel, PROBABILITY) if text]
    assert shares in (sorted(shares), sorted(shares, reverse=True))
    assert cells(panel, PROBABILITY)[-1] == "", "what has no value comes last"

    search = panel.findChild(QLineEdit, "queueSearch")
    qtbot.keyClicks(search, "series")
    [flags] = cells(panel, FLAGS)
    assert flags.endswith("2 frames: mean of all frames")
    search.clear()
    shown = panel.findChild(QComboBox, "queueShown")
    shown.setCurrentText("Not answered")
    assert cells(panel, NAME) == ["scans/broken.png"]
    counts = panel.findChild(QLabel, "queueCounts")
    assert counts.text().startswith("1 of 5")


def test_the_arrow_keys_open_images_with_their_answers_and_ask_nothing(
    qtbot: QtBot,
    panel: ReviewPanel,
    asked: list[PredictRequest],
    until: Until,
    scans: Path,
) -> None:
    drop(panel, scans / "0.png", scans / "1.png")
    until(lambda: is_done(panel, 2))
    view = panel.many.queue.view
    rect = view.visualRect(panel.many.queue.table.index(0, NAME))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    bars = panel.bars
    until(lambda: panel.viewer.path == scans / "0.png" and bool(bars.findChildren(QProgressBar)))
    until(view.hasFocus)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    until(lambda: panel.viewer.path == scans / "1.png" and bool(bars.findChildren(QProgressBar)))
    until(view.hasFocus)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    until(lambda: panel.viewer.path == scans / "0.png" and view.hasFocus())
    assert asked == []


def test_a_dropped_series_is_one_stack_with_a_curve_and_no_queue(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    for number in range(3):
        write_dicom(tmp_path / "head" / f"IM{number}", ImagePositionPatient=[0, 0, -number])
    drop(panel, tmp_path / "head")
    until(lambda: panel.viewer.frames == 3)
    assert panel.many.queue.isHidden()
    assert panel.series.button.isVisible()
    assert panel.viewer.path.name == "head, 3 slices"

    drop(panel, *sorted((tmp_path / "head").iterdir()))
    until(lambda: panel.viewer.path.name == "Series, 3 slices")


def test_a_series_in_the_queue_is_a_row_with_its_curve_and_the_rule_is_one_for_all(
    qtbot: QtBot, panel: ReviewPanel, asked: list[PredictRequest], until: Until, scans: Path
) -> None:
    for number in range(2):
        write_dicom(
            scans / "series" / f"IM{number}",
            ImagePositionPatient=[0, 0, number],
            RescaleIntercept=-1000 - 900 * number,
            WindowCenter=40,
            WindowWidth=400,
        )
    drop(panel, scans)
    until(lambda: is_done(panel, 5))
    row = cells(panel, NAME).index("scans/series, 2 slices")
    mean = cells(panel, PROBABILITY)[row]
    view = panel.many.queue.view
    rect = view.visualRect(panel.many.queue.table.index(row, NAME))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    until(lambda: panel.viewer.frames == 2 and panel.series.curve.isVisible())
    until(view.hasFocus)
    assert "2 of 2 answered" in panel.series.text.text()
    assert panel.bars.findChildren(QProgressBar)
    assert [request for request in asked if request.frame == panel.viewer.frame] == []

    rules = panel.findChild(QComboBox, "queueRule")
    until(rules.isVisible)
    qtbot.keyClick(rules, Qt.Key.Key_Down)
    until(lambda: cells(panel, FLAGS)[row].endswith("2 frames: highest of all frames"))
    assert cells(panel, PROBABILITY)[row] != mean
    assert panel.series.rule == SeriesRule("max")
    assert "highest of all frames" in panel.series.text.text()
    until(lambda: is_done(panel, 5))


def test_what_was_copied_is_shown_or_told(
    qtbot: QtBot, panel: ReviewPanel, asked: list[PredictRequest], until: Until
) -> None:
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(QColor("grey"))
    QGuiApplication.clipboard().setImage(picture)
    qtbot.keyClick(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    until(lambda: len(asked) == 1)
    assert asked[0].paths[0].name == "pasted 1.png"

    QGuiApplication.clipboard().setText("https://example.org/picture.png")
    qtbot.keyClick(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "no image" in panel.message.text
    QGuiApplication.clipboard().clear()


def test_a_drop_of_100_000_files_asks_first(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}.png", b"")
    said: list[str] = []

    def refuse(box: QMessageBox) -> None:
        said.append(box.text())
        press("Cancel")(box)

    when_asked(QMessageBox, refuse)
    drop(panel, tmp_path / "all.zip")
    until(lambda: bool(said) and panel.many.queue.bar.isHidden())
    assert "100,000" in said[0]
    assert panel.many.queue.table.rowCount() == 0
    assert not panel.many.queue.is_busy


def test_without_a_model_the_images_wait_and_a_model_answers_them(
    qtbot: QtBot, until: Until, scans: Path, trained: tuple[Path, Path]
) -> None:
    panel = ReviewPanel()
    qtbot.addWidget(panel)
    panel.show()
    drop(panel, scans)
    until(lambda: panel.many.queue.message.isVisible())
    assert "Choose a model" in panel.many.queue.message.text
    drop(panel, trained[1])
    until(lambda: is_done(panel, 5))
    panel.close_readers()


def test_cancel_keeps_what_was_answered_and_go_on_does_the_rest(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path
) -> None:
    first = write_image(tmp_path / "many" / "0.png", 0)
    for number in range(1, 400):
        (first.parent / f"{number}.png").hardlink_to(first)
    drop(panel, first.parent)
    until(lambda: any(text.endswith("%") for text in cells(panel, PROBABILITY)[:3]))
    cancel = panel.findChild(QPushButton, "queueCancel")
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    until(lambda: not panel.many.queue.is_busy and panel.many.queue.bar.isHidden())
    assert "Waiting" in cells(panel, CLASS)
    go_on = panel.findChild(QPushButton, "queueGoOn")
    until(go_on.isVisible)
    qtbot.mouseClick(go_on, Qt.MouseButton.LeftButton)
    until(lambda: is_done(panel, 400))


def test_answers_are_exported_as_shown(
    qtbot: QtBot, panel: ReviewPanel, until: Until, scans: Path, tmp_path: Path
) -> None:
    drop(panel, scans)
    until(lambda: is_done(panel, 5))
    search = panel.findChild(QLineEdit, "queueSearch")
    search.setText("png")
    out = tmp_path / "out"
    panel.many.queue.hand_on(ExportChoice(out, csv=True, xlsx=True, overlays=False, copies=True,
                                     all_names=False))  # fmt: skip
    until(lambda: panel.many.queue.message.isVisible() and not panel.many.queue.is_busy)
    assert panel.many.queue.message.text.startswith("The export lies in")
    with (out / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row["file"] for row in csv.DictReader(file)]
    assert len(rows) == 4
    assert (out / "answers.xlsx").is_file()
    assert len([path for path in (out / "by class").rglob("*") if path.is_file()]) == 4


def test_an_export_of_nothing_is_not_offered(qtbot: QtBot) -> None:
    dialog = ExportDialog(3)
    qtbot.addWidget(dialog)
    go = dialog.findChild(QPushButton, "exportChooseFolder")
    assert go.isEnabled()
    dialog.csv.setChecked(False)
    assert not go.isEnabled()


def test_a_watched_folder_is_answered_and_stopped(
    qtbot: QtBot, panel: ReviewPanel, until: Until, tmp_path: Path, trained: tuple[Path, Path]
) -> None:
    inbox, log = tmp_path / "inbox", tmp_path / "log.csv"
    write_image(inbox / "arrived.png", 1)
    panel.many.watch.watch(WatchRequest(trained[1], inbox, log, every_s=0.2, settled_s=0.2))
    assert panel.many.watch.isVisible()
    until(lambda: "1 answered" in panel.many.watch.text)
    stop = panel.findChild(QPushButton, "stopWatch")
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    until(panel.many.watch.isHidden)
    assert "arrived.png" in log.read_text(encoding="utf-8-sig")
