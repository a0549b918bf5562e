"""From what was dropped to imports that the user has confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.dataset_panel.import_page import ImportPage
from app.dataset_panel.sources import Source, project_beside
from app.widgets.background import BackgroundReader
from fpt_core.dataset.importers.sketch import SourceSketch, sketch
from fpt_core.errors import FptError

_THREADS = 2
"""Two, so that a new choice need not wait for a look at a large folder that nobody wants."""


class ImportFlow(QObject):
    """Looks at sources in the background and asks about them on its page.

    Signals:
        looked(): The page shows what was found.
        failed(error): A source cannot be used.
        confirmed(requests): Import these, in this order.
        left(): The user wants to import nothing.
    """

    looked = Signal()
    failed = Signal(object)
    confirmed = Signal(object)
    left = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.page = ImportPage()
        self.page.accepted.connect(self._on_accepted)
        self.page.rejected.connect(self.cancel)
        self.page.labels_wanted.connect(self._on_labels_wanted)
        self._project: Path | None = None
        self._look = 0
        """Number of the latest choice; what an earlier one finds is of no interest any more."""
        self._looking = False
        self._reader = BackgroundReader(_THREADS, self)
        self._reader.done.connect(self._on_looked)

    @property
    def is_looking(self) -> bool:
        """Whether what was chosen last is still being looked at."""
        return self._looking

    def begin(self, sources: Sequence[Source], project: Path | None) -> None:
        """Look at ``sources``, to be imported into ``project`` or into a new one beside them."""
        self._project = project or project_beside(sources[0][0])
        self._look += 1
        self._looking = True
        self._reader.start((self._look, True), lambda: [_look_at(*source) for source in sources])

    def cancel(self) -> None:
        """Leave it."""
        self._look += 1
        self._looking = False
        self.page.clear()
        self.left.emit()

    def close(self) -> None:
        """Stop looking."""
        self._reader.close()

    def _on_labels_wanted(self, source: Path, labels: Path | None) -> None:
        self._reader.start((self._look, False), lambda: [_look_at(source, labels)])

    def _on_looked(self, key: tuple[int, bool], found: Any) -> None:
        number, is_first = key
        if number != self._look:
            return
        self._looking = False
        if isinstance(found, FptError):
            self.failed.emit(found)
        elif is_first:
            self.page.show_sketches(found)
            self.looked.emit()
        else:
            self.page.replace_sketch(*found[0])

    def _on_accepted(self) -> None:
        assert self._project is not None, "what is confirmed was looked at"
        requests = self.page.requests(self._project)
        self.page.clear()
        self.confirmed.emit(requests)


def _look_at(source: Path, labels: Path | None) -> tuple[SourceSketch, Path | None]:
    return sketch(source, labels), labels
