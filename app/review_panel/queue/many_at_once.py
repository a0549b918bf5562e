"""Whatever is dropped, pasted or watched: one image goes on screen, several into the queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QSplitter, QWidget

from app.review_panel.queue.given import NOTHING, Given, given_by
from app.review_panel.queue.queue_page import QueuePage
from app.review_panel.queue.watch_bar import WatchBar
from app.widgets.message_bar import MessageBar
from fpt_core.answers.answer_file import FrameAnswers
from fpt_core.config import MODEL_SUFFIXES
from fpt_core.events import Predicted
from fpt_core.images import IMAGE_SUFFIXES
from fpt_core.images.archive import is_archive

KEYS = (
    ("Ctrl+V", "Answer what was copied: files, or a picture"),
    ("↑ ↓ in the table", "Next image of the queue, with its answer"),
)
_IMAGE_FILTER = (
    f"Images ({' '.join('*' + suffix for suffix in sorted(IMAGE_SUFFIXES))});;All files (*)"
)


class ManyAtOnce(QObject):
    """Owns the queue and the watch; it asks for images to be shown.

    Args:
        panel: On which the keys work and dialogs lie.
        message: Where things are said.
        model: The model file in use; ``None``: none is chosen.

    Signals:
        open_wanted(path): Show and answer one image.
        known_wanted(path, answer): Show an image of the queue with its answer.
        model_wanted(path): Answer with this model file.
    """

    open_wanted = Signal(object)
    known_wanted = Signal(object, object)
    model_wanted = Signal(object)

    def __init__(
        self, panel: QWidget, message: MessageBar, model: Callable[[], Path | None]
    ) -> None:
        super().__init__(panel)
        self._panel, self._message, self._model = panel, message, model
        self._chosen: Path | None = None
        self.queue = QueuePage(model)
        self.queue.image_chosen.connect(self._on_image_chosen)
        self.queue.series_found.connect(self._on_series_found)
        self.watch = WatchBar()
        self.watch.failed.connect(lambda text: message.say("Not watching", text))
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), panel)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self.paste)

    def under(self, image: QWidget) -> QSplitter:
        """The image with the queue below it; each may be made larger."""
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setObjectName("reviewSplitter")
        splitter.addWidget(image)
        splitter.addWidget(self.queue)
        splitter.setChildrenCollapsible(False)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        return splitter

    # --- what is given ------------------------------------------------------------------

    def paste(self) -> None:
        """Answer what was copied."""
        self.take(given_by(QGuiApplication.clipboard().mimeData()))

    def take(self, given: Given) -> None:
        """Answer what was dropped or copied."""
        if given.picture is not None:
            self.open_wanted.emit(self.queue.add_picture(given.picture))
        elif given.paths:
            self.take_paths(given.paths)
        else:
            self._message.say("Nothing to show", NOTHING)

    def take_paths(self, paths: tuple[Path, ...]) -> None:
        """Use model files, show one image, queue several."""
        for path in paths:
            if path.suffix in MODEL_SUFFIXES:
                self.model_wanted.emit(path)
        images = [path for path in paths if path.suffix not in MODEL_SUFFIXES]
        if len(images) == 1 and not self.queues(images[0]):
            self._chosen = None
            self.open_wanted.emit(images[0])
        elif images:
            self.queue.add(images)

    def queues(self, path: Path) -> bool:
        """Whether ``path`` is many images; they are then in the queue."""
        return path.is_dir() or is_archive(path)

    def choose_images(self) -> None:
        """Ask for image files."""
        files, _ = QFileDialog.getOpenFileNames(self._panel, "Images", filter=_IMAGE_FILTER)
        if files:
            self.take_paths(tuple(map(Path, files)))

    def choose_folder(self) -> None:
        """Ask for a folder of images."""
        folder = QFileDialog.getExistingDirectory(self._panel, "Folder of images")
        if folder:
            self.queue.add([Path(folder)])

    def choose_watched(self) -> None:
        """Ask for a folder to watch."""
        model = self._model()
        if model is None:
            self._message.say("Not yet", "Choose a model first: it answers what arrives.")
        else:
            self.watch.choose(model)

    # --- the image on screen ------------------------------------------------------------

    def frames_of(self, path: Path) -> FrameAnswers | None:
        """The queue's answers to all frames of the image that was chosen in its table."""
        return self.queue.chosen_frames() if self._chosen == path else None

    def next_image(self, path: Path) -> tuple[Path, int] | None:
        """What the next row of the table would show, where ``path`` was chosen in it."""
        return self.queue.next_image() if self._chosen == path else None

    def on_shown(self, path: Path) -> None:
        """An image is on screen: the arrows go on through the table it was chosen in."""
        if self._chosen == path:
            self.queue.view.setFocus()

    def close_readers(self) -> None:
        """End what runs in the background."""
        self.queue.close_readers()
        self.watch.close_engine()

    def _on_series_found(self, path: Path) -> None:
        self._chosen = None
        self.open_wanted.emit(path)

    def _on_image_chosen(self, path: Path, answer: Predicted | None) -> None:
        self._chosen = path
        self.known_wanted.emit(path, answer)
