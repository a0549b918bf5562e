"""Write the report of a run: its statements, its examples, and the files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.engine.engine_thread import EngineThread
from app.report_dialog.examples_page import ExamplesPage
from app.report_dialog.statements_page import StatementsPage
from app.theme import LIGHT, Colours
from app.widgets.button import make_button
from app.widgets.choice import choose, make_choice
from app.widgets.message_bar import MessageBar
from fpt_core.dataset.project import Project
from fpt_core.events import Event, Failed, Finished, Progress, Warned
from fpt_core.jobs.requests import ReportRequest

_SIZE_PX = (820, 600)


class ReportDialog(QDialog):
    """The report of one of a project's runs; written in a worker process of its own.

    Args:
        project: Whose runs can be reported.
        run: Id of the run that is chosen at first; ``None``: the newest.
        colours: Of the theme.
    """

    def __init__(
        self,
        project: Project,
        run: str | None = None,
        colours: Colours = LIGHT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("reportDialog")
        self.setWindowTitle("Report")
        self.resize(*_SIZE_PX)
        self._project = project
        self._engine: EngineThread | None = None
        self._warnings: list[str] = []
        self.message = MessageBar("reportMessage")
        runs = [
            (f"{run.name} · {run.method.upper()}", run.id)
            for run in project.runs()
            if run.model_path is not None and run.model_path.is_file()
        ]
        self.runs = make_choice("reportRun", "Run", runs or [("No finished run yet", None)])
        if run is not None:
            choose(self.runs, run)
        self.statements = StatementsPage(project)
        self.statements.failed.connect(lambda text: self.message.say("Not kept", text))
        self.examples = ExamplesPage(project, colours)
        self.write = make_button("writeReport", "Write report", self._on_write, primary=True)
        self.write.setEnabled(bool(runs))
        self.close_button = make_button("closeReport", "Close", self.close)
        self._progress = QProgressBar()
        self._progress.setObjectName("reportProgress")
        self._progress.hide()
        self._lay_out()

    @property
    def request(self) -> ReportRequest:
        """What is asked for."""
        return ReportRequest(
            self._project.path, str(self.runs.currentData()), examples=self.examples.picked
        )

    def show_event(self, event: Event) -> None:
        """Show an event of the job."""
        match event:
            case Progress():
                self._progress.setFormat(f"{event.stage}: %v of %m")
                self._progress.setMaximum(event.total)
                self._progress.setValue(event.done)
            case Warned():
                self._warnings.append(f"{event.message} {event.remedy}".strip())
            case Finished():
                self._end()
                self._say_written(Path(event.result["report"]))
            case Failed():
                self._end()
                self.message.say("Not written", f"{event.message} {event.remedy}")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what is written, stop what runs."""
        self.done(QDialog.DialogCode.Accepted)
        event.accept()

    def done(self, code: int) -> None:
        """Every way out: the button, Escape and the window's own."""
        self.statements.keep()
        self.examples.close_readers()
        if self._engine is not None:
            self._engine.shutdown()
            self._engine = None
        super().done(code)

    def _on_write(self) -> None:
        self.statements.keep()
        self.message.hide()
        self._warnings = []
        self.write.setEnabled(False)
        self._progress.setMaximum(0)
        self._progress.setFormat("Starting…")
        self._progress.show()
        if self._engine is None:
            self._engine = EngineThread("report", self)
            self._engine.event_received.connect(self.show_event)
            self._engine.worker_died.connect(self._on_worker_died)
            self._engine.start()
        self._engine.submit(self.request)

    def _on_worker_died(self, exit_code: int) -> None:
        self._end()
        self.message.say("Not written", "The process was ended by the system. Write it again.")

    def _say_written(self, report: Path) -> None:
        said = " ".join(self._warnings)
        self.message.say(
            "Written",
            f"{report.name}, report.json and model_card.md lie in the folder of the run. {said}",
            "Open the report",
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(report))),
        )

    def _end(self) -> None:
        self._progress.hide()
        self.write.setEnabled(True)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        label = QLabel("&Run")
        label.setBuddy(self.runs)
        top.addWidget(label)
        top.addWidget(self.runs, stretch=1)
        tabs = QTabWidget()
        tabs.setObjectName("reportTabs")
        tabs.addTab(self.statements, "Statements of the author")
        tabs.addTab(self.examples, "Examples")
        buttons = QHBoxLayout()
        buttons.addWidget(self._progress, stretch=1)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.write)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.message)
        layout.addWidget(tabs, stretch=1)
        layout.addLayout(buttons)
