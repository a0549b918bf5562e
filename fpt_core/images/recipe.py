"""From a file's pixels to the picture that a model sees, by the project's recipe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fpt_core.config import PixelRecipe, WindowChoice
from fpt_core.errors import ImageError
from fpt_core.images.fundus import disc_box, evened
from fpt_core.images.pixels import Box, Pixels, Window
from fpt_core.images.window import apply_table, apply_window, robust_window


def apply_recipe(
    pixels: Pixels, recipe: PixelRecipe | None = None
) -> tuple[NDArray[np.uint8], Box]:
    """The picture that a model sees, and which part of the original it is.

    Shape:
        ``(H, W, 3)`` uint8, and the box in the original's pixels.

    Raises:
        ImageError: If there are no pixels, or not the window that the recipe names.
    """
    if pixels.values.size == 0:
        raise ImageError(f"{pixels.name} has no pixels.", "Export it again.")
    recipe = recipe or PixelRecipe()
    rgb = _to_rgb(pixels, recipe)
    box = disc_box(rgb) if recipe.fundus_crop else (0, 0, rgb.shape[1], rgb.shape[0])
    if recipe.fundus_contrast:
        rgb = evened(rgb)
    left, top, right, bottom = box
    return np.ascontiguousarray(rgb[top:bottom, left:right]), box


@dataclass(frozen=True, slots=True)
class Preview:
    """One image before and after a recipe.

    Shape:
        before ``(H, W, 3)``, after ``(h, w, 3)``, uint8.
    """

    before: NDArray[np.uint8]
    """The whole image, as its file asks to be shown."""
    after: NDArray[np.uint8]
    """What a model sees."""
    box: Box
    """Which part of ``before`` the model sees."""


def preview(pixels: Pixels, recipe: PixelRecipe) -> Preview:
    """What ``recipe`` makes of an image, beside the image as its file asks.

    Raises:
        ImageError: As for ``apply_recipe``.
    """
    before, _ = apply_recipe(pixels)
    after, box = apply_recipe(pixels, recipe)
    return Preview(before, after, box)


def _to_rgb(pixels: Pixels, recipe: PixelRecipe) -> NDArray[np.uint8]:
    if pixels.is_colour:
        return pixels.values.astype(np.uint8, copy=False)
    channels = [_grey(pixels, choice) for choice in recipe.windows or (None,)]
    return np.stack(channels * (3 // len(channels)), axis=2)


def _grey(pixels: Pixels, choice: WindowChoice | None) -> NDArray[np.uint8]:
    if choice is None and pixels.window is None and pixels.table is not None:
        grey = apply_table(pixels.values, pixels.table, pixels.inverted)
    else:
        grey = apply_window(pixels.values, _window(pixels, choice), pixels.inverted)
    if pixels.background is not None:
        grey[pixels.background] = 0
    return grey


def _window(pixels: Pixels, choice: WindowChoice | None) -> Window:
    if choice is None:
        return pixels.window or robust_window(pixels.values, pixels.background)
    if choice.center is not None and choice.width is not None:
        # LINEAR has no widths below 1, which images of small numbers need.
        is_linear = choice.width >= 1
        return Window(choice.center, choice.width, "", "LINEAR" if is_linear else "LINEAR_EXACT")
    named = (window for window in pixels.windows if window.name.lower() == choice.name.lower())
    window = next(named, None)
    if window is None:
        known = ", ".join(window.name for window in pixels.windows if window.name) or "none"
        raise ImageError(
            f"{pixels.name} names no display window {choice.name!r}; it names {known}.",
            "Choose another window in the project's recipe, or give its centre and width.",
        )
    return window
