"""An image that the user picked for a report, small, with what the model read of it."""

from __future__ import annotations

import base64
import dataclasses
import io

from PIL import Image

from fpt_core.config import PixelRecipe
from fpt_core.dataset.records import ImageFacts, ImageRecord
from fpt_core.errors import ImageError
from fpt_core.explain.overlay import overlaid
from fpt_core.images import read_image
from fpt_core.predictor import Predictor
from fpt_core.report.material import Example

MOST_EXAMPLES = 20
"""Of one report, which must stay small enough to be sent."""
_SIDE_PX = 440
_QUALITY = 82


def make_example(predictor: Predictor, image: ImageRecord, facts: ImageFacts) -> Example:
    """The picture without anything that the file says beside its pixels."""
    if facts.burned_in:
        return without_picture(image, "Not shown: the file says that text is burned into it.")
    try:
        answer = predictor.predict(image.path, image.frame)
        rgb = read_image(image.path, _whole(predictor.card.recipe), image.frame)
    except ImageError:
        return without_picture(image, "Not shown: the file cannot be read any more.")
    heat = "" if answer.token_map is None else _jpeg(overlaid(rgb, answer.token_map))
    return Example(
        image.class_name,
        answer.class_name,
        max(answer.probabilities),
        _jpeg(Image.fromarray(rgb)),
        heat,
    )


def _whole(recipe: PixelRecipe) -> PixelRecipe:
    """The recipe without cropping: the token map says itself which part it covers."""
    return dataclasses.replace(recipe, fundus_crop=False, fundus_contrast=False)


def without_picture(image: ImageRecord, note: str) -> Example:
    """An example that cannot be shown, and why."""
    return Example(image.class_name, "", 0.0, "", "", note)


def _jpeg(picture: Image.Image) -> str:
    picture.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=_QUALITY, optimize=True)
    return base64.b64encode(content.getvalue()).decode()
