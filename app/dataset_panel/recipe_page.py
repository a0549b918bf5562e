"""How the files' pixels become what a model sees: set, looked at, and saved to the project."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.dataset_panel.recipe_preview import RecipePreview
from app.dataset_panel.window_row import WindowRow
from app.widgets.button import make_button
from app.widgets.choice import choose, make_choice
from app.widgets.section import make_hint
from fpt_core.config import CT_WINDOWS, VOLUME_AXES, PixelRecipe
from fpt_core.dataset.records import ImageRecord

_CHANNELS = (("Red", "lung"), ("Green", "soft-tissue"), ("Blue", "bone"))
_SAME = "This is the project's recipe."
_OTHER = (
    "Not saved yet. Features are prepared again at the next run, and models that were trained "
    "before keep the recipe that they were trained with."
)


class RecipePage(QWidget):
    """Edits the project's ``PixelRecipe``.

    Signals:
        recipe_wanted(recipe): Save this recipe.
    """

    recipe_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._saved = PixelRecipe()
        self.mode = make_choice(
            "windowMode",
            "Display windows of grey images",
            [("The file's own", 0), ("One window", 1), ("Three, as red, green, blue", 3)],
        )
        self.single = WindowRow("window", "Window")
        self.channels = tuple(WindowRow(f"window{name}", name) for name, _ in _CHANNELS)
        self.axis = make_choice(
            "volumeAxis", "Slices of volumes", [(axis.capitalize(), axis) for axis in VOLUME_AXES]
        )
        self.crop = _make_check("fundusCrop", "Crop a fundus photograph to its disc")
        self.contrast = _make_check("fundusContrast", "Even out its light")
        self._state = make_hint("recipeState")
        self.save = make_button("saveRecipe", "Save", self._on_save, primary=True)
        self.revert = make_button("revertRecipe", "Revert", self._on_revert)
        self.preview = RecipePreview()
        self._lay_out()
        self._connect()
        self.show_recipe(PixelRecipe())

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Grey images", self.mode)
        for row in (self.single, *self.channels):
            form.addRow(row)
        form.addRow("Volumes", self.axis)
        form.addRow(self.crop)
        form.addRow(self.contrast)
        bottom = QHBoxLayout()
        bottom.addWidget(self._state, stretch=1)
        bottom.addWidget(self.revert)
        bottom.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.preview, stretch=1)
        layout.addLayout(bottom)

    def _connect(self) -> None:
        for box in (self.mode, self.axis):
            box.currentIndexChanged.connect(self._on_edited)
        for row in (self.single, *self.channels):
            row.changed.connect(self._on_edited)
        for check in (self.crop, self.contrast):
            check.toggled.connect(self._on_edited)

    @property
    def recipe(self) -> PixelRecipe | None:
        """As it is set; ``None`` where a window is not complete."""
        rows = {0: (), 1: (self.single,), 3: self.channels}[self.mode.currentData()]
        windows = tuple(window for row in rows if (window := row.window) is not None)
        if len(windows) < len(rows):
            return None
        return PixelRecipe(
            windows, self.axis.currentData(), self.crop.isChecked(), self.contrast.isChecked()
        )

    def show_recipe(self, recipe: PixelRecipe) -> None:
        """Show the project's recipe; what the user has set and not saved stays."""
        if recipe != self._saved or self.recipe == self._saved:
            self._saved = recipe
            self._fill(recipe)
        self._on_edited()

    def _fill(self, recipe: PixelRecipe) -> None:
        blockers = [QSignalBlocker(w) for w in (self.mode, self.axis, self.crop, self.contrast)]
        choose(self.mode, len(recipe.windows))
        choose(self.axis, recipe.volume_axis)
        self.crop.setChecked(recipe.fundus_crop)
        self.contrast.setChecked(recipe.fundus_contrast)
        for row, (_, preset) in zip(self.channels, _CHANNELS, strict=True):
            row.set_window(CT_WINDOWS[preset])
        rows = (self.single,) if len(recipe.windows) == 1 else self.channels
        for row, window in zip(rows, recipe.windows, strict=False):
            row.set_window(window)
        del blockers

    def set_image(self, image: ImageRecord | None) -> None:
        """Preview this image."""
        self.preview.set_image(image)

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.preview.close_readers()

    def _on_edited(self) -> None:
        count, recipe = self.mode.currentData(), self.recipe
        self.single.setVisible(count == 1)
        for row in self.channels:
            row.setVisible(count == 3)
        changed = recipe != self._saved
        self.save.setEnabled(changed and recipe is not None)
        self.revert.setEnabled(changed)
        self._state.setText(_OTHER if changed else _SAME)
        self.preview.set_recipe(recipe)

    def _on_save(self) -> None:
        self.recipe_wanted.emit(self.recipe)

    def _on_revert(self) -> None:
        self._fill(self._saved)
        self._on_edited()


def _make_check(name: str, text: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setObjectName(name)
    box.setAccessibleName(text)
    return box
