"""What makes the data set misleading: found by the audit, looked at, and put right."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.dataset_panel.finding_card import FindingCard
from app.dataset_panel.words import count_of
from app.widgets.button import make_button
from app.widgets.section import make_hint
from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.report import AuditReport

_NEVER = (
    "The audit looks for copies, leaks between splits, images unlike the rest, and shortcuts: "
    "things beside the anatomy that tell the label. It takes a moment and changes nothing."
)
_STALE = "The data set has changed since. Run the audit again to see what still holds."


class AuditPage(QWidget):
    """The findings of the last audit.

    Signals:
        audit_wanted(privacy): Run the audit, or look for identifiers that were kept.
        show_wanted(finding): Show the images behind a finding.
        remedy_wanted(remedy): Carry out a remedy; the user has confirmed it.
    """

    audit_wanted = Signal(bool)
    show_wanted = Signal(object)
    remedy_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = make_button(
            "runAudit", "Run audit", lambda: self.audit_wanted.emit(False), primary=True
        )
        self.privacy = make_button(
            "checkPrivacy", "Check privacy", lambda: self.audit_wanted.emit(True)
        )
        self.privacy.setToolTip("Look for patient identifiers that the project might hold")
        self._state = make_hint("auditState")
        self._privacy_state = make_hint("privacyState")
        self._privacy_state.hide()
        self._cards = QWidget()
        self._list = QVBoxLayout(self._cards)
        self._list.setContentsMargins(0, 0, 6, 0)
        self._list.addStretch()
        scroll = QScrollArea()
        scroll.setObjectName("findingScroll")
        scroll.setAccessibleName("Findings")
        scroll.setWidget(self._cards)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run)
        buttons.addWidget(self.privacy)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.addLayout(buttons)
        layout.addWidget(self._state)
        layout.addWidget(self._privacy_state)
        layout.addWidget(scroll, stretch=1)
        self._report: AuditReport | None = None
        self._privacy: tuple[Finding, ...] = ()
        self.doubtful: Finding | None = None
        """Labels that look wrong to a run."""
        self.show_report(None, stale=False)

    @property
    def cards(self) -> list[FindingCard]:
        """The findings as shown, the gravest first."""
        return self._cards.findChildren(
            FindingCard, options=Qt.FindChildOption.FindDirectChildrenOnly
        )

    @property
    def state(self) -> str:
        """Whether and when there was an audit, and whether it still holds."""
        return self._state.text()

    def set_busy(self, busy: bool) -> None:
        """Whether a job runs; an audit begins when it has ended."""
        for button in (self.run, self.privacy):
            button.setEnabled(not busy)

    def show_report(self, report: AuditReport | None, *, stale: bool) -> None:
        """Show what the last audit found; ``stale``: the data set has changed since."""
        self._say_state(report, stale=stale)
        if report != self._report:  # otherwise the cards, and where they are scrolled to, stay
            self._report = report
            self._fill()

    def show_doubtful(self, finding: Finding | None) -> None:
        """Show which labels look wrong to a run; ``None`` where none does."""
        if finding != self.doubtful:
            self.doubtful = finding
            self._fill()

    def show_privacy(self, report: AuditReport) -> None:
        """Show what the privacy check found; it is kept no longer than it is on screen."""
        when = datetime.fromisoformat(report.created)
        found = count_of(len(report.findings), "finding") if report.findings else "nothing found"
        self._privacy_state.setText(f"Privacy checked at {when:%H:%M}: {found}.")
        self._privacy_state.show()
        self._privacy = report.findings
        self._fill()

    def forget_privacy(self) -> None:
        """Another project is shown."""
        self._privacy = ()
        self._privacy_state.hide()
        self._fill()

    def _fill(self) -> None:
        for card in self.cards:
            self._list.removeWidget(card)
            card.setParent(None)
            card.deleteLater()
        findings = () if self._report is None else self._report.findings
        doubtful = () if self.doubtful is None else (self.doubtful,)
        for number, finding in enumerate((*self._privacy, *doubtful, *findings)):
            card = FindingCard(finding, number)
            card.show_wanted.connect(self.show_wanted)
            card.remedy_wanted.connect(self.remedy_wanted)
            self._list.insertWidget(number, card)

    def _say_state(self, report: AuditReport | None, *, stale: bool) -> None:
        self.run.setText("Run audit" if report is None else "Run audit again")
        if report is None:
            self._state.setText(_NEVER)
            return
        when = datetime.fromisoformat(report.created)
        found = count_of(len(report.findings), "finding") if report.findings else "Nothing found"
        self._state.setText(f"{found} on {when:%d %B %Y, %H:%M}.{f' {_STALE}' if stale else ''}")
