from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from app.dataset_panel.audit_page import AuditPage
from fpt_core.dataset.audit.findings import Finding, Remedy
from fpt_core.dataset.audit.report import AuditReport
from tests.app.samples import press, when_asked

REMEDY = Remedy("Exclude the 2 copies", "exclude", (3, 4))
LEAK = Finding(
    "copies", "serious", "2 copies across splits", "They leak.", ((1, 3), (2, 4)), (REMEDY,)
)
NOTE = Finding("balance", "note", "One class is rare", "It may be missed.")
REPORT = AuditReport("2026-03-01T09:00:00+01:00", "abc", (LEAK, NOTE))


@pytest.fixture
def page(qtbot: QtBot) -> AuditPage:
    page = AuditPage()
    qtbot.addWidget(page)
    page.resize(430, 560)
    page.show()
    return page


def texts(page: AuditPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel))


def test_before_the_first_audit_it_says_what_an_audit_is(qtbot: QtBot, page: AuditPage) -> None:
    assert "looks for copies" in texts(page)

    with qtbot.waitSignal(page.audit_wanted) as wanted:
        qtbot.mouseClick(page.run, Qt.MouseButton.LeftButton)
    assert wanted.args == [False]
    with qtbot.waitSignal(page.audit_wanted) as wanted:
        qtbot.mouseClick(page.privacy, Qt.MouseButton.LeftButton)
    assert wanted.args == [True]


def test_findings_say_how_grave_they_are_in_words(page: AuditPage) -> None:
    page.show_report(REPORT, stale=False)

    shown = texts(page)
    for text in ("2 findings on 01 March 2026, 09:00", "Serious", "Note", "They leak."):
        assert text in shown
    assert [len(card.buttons) for card in page.cards] == [2, 0]


def test_after_a_change_the_findings_are_said_to_be_old(page: AuditPage) -> None:
    page.show_report(REPORT, stale=False)
    assert "has changed since" not in texts(page)

    page.show_report(REPORT, stale=True)

    assert "has changed since" in texts(page)


def test_the_images_behind_a_finding_are_one_click_away(qtbot: QtBot, page: AuditPage) -> None:
    page.show_report(REPORT, stale=False)
    show = page.cards[0].buttons[0]
    assert show.text() == "Show 4 images"

    with qtbot.waitSignal(page.show_wanted) as wanted:
        qtbot.mouseClick(show, Qt.MouseButton.LeftButton)

    assert wanted.args == [LEAK]


@pytest.mark.parametrize("answer", [REMEDY.text, "Cancel"])
def test_a_remedy_is_confirmed_in_words(qtbot: QtBot, page: AuditPage, answer: str) -> None:
    page.show_report(REPORT, stale=False)
    wanted: list[Remedy] = []
    asked: list[str] = []
    page.remedy_wanted.connect(wanted.append)

    def reply(box: QMessageBox) -> None:
        asked.append(box.informativeText())
        press(answer)(box)

    when_asked(QMessageBox, reply)
    qtbot.mouseClick(page.cards[0].buttons[1], Qt.MouseButton.LeftButton)

    assert wanted == ([REMEDY] if answer == REMEDY.text else [])
    assert asked[0].startswith("2 images are left out of training")
    assert "can be undone" in asked[0]


def test_another_report_replaces_the_first(page: AuditPage) -> None:
    page.show_report(REPORT, stale=False)
    page.show_report(AuditReport("2026-03-02T09:00:00+01:00", "def", ()), stale=False)

    assert page.cards == []
    assert "Nothing found on 02 March" in texts(page)


def test_what_the_privacy_check_found_comes_first(page: AuditPage) -> None:
    page.show_report(REPORT, stale=False)
    name = Finding("names", "serious", "A file name holds an identifier", "Rename it.")

    page.show_privacy(AuditReport("2026-03-02T10:15:00+01:00", "abc", (name,)))
    assert "Privacy checked at 10:15: 1 finding." in texts(page)
    assert len(page.cards) == 3

    page.forget_privacy()
    assert len(page.cards) == 2


def test_an_audit_waits_for_the_job_in_progress(page: AuditPage) -> None:
    page.set_busy(True)

    assert not page.run.isEnabled()
    assert not page.privacy.isEnabled()
