"""Answer with an ONNX file as with a model file; its backbone is inside."""

from __future__ import annotations

import importlib.util
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from fpt_core.errors import BundleError, FptError
from fpt_core.events import TokenMap
from fpt_core.explain.token_maps import kept_share
from fpt_core.features.resizing import resized
from fpt_core.model_card import ModelCard, parse_card
from fpt_core.predictor import ImageLike, Prediction, model_pixels

INPUTS = {
    1: ("image",),
    2: ("image", "side_image"),
    3: ("image", "low_image", "side_image"),
}
"""By number: 8-bit RGB ``(batch, size, size, 3)``, as the backbone reads it, and smaller ones."""
CARD, SHAPES = "fpt_studio", "fpt_studio_shapes"
"""Names of the file's metadata."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What must be known of the graph to feed it and to read its token indices."""

    sizes: tuple[int, ...]
    """Sides of the square inputs, in pixels, in the order of ``INPUTS``."""
    rows: int
    """Of the backbone's grid of tokens."""
    cols: int
    num_prefix_tokens: int


class OnnxPredictor:
    """A model as one ONNX graph, ready to answer.

    Args:
        file: The file, or its content.
        name: Of the file, for messages.

    Raises:
        BundleError: If it is damaged or no model of FPT Studio.
        FptError: If onnxruntime is missing.
    """

    def __init__(self, file: Path | bytes, name: str) -> None:
        if importlib.util.find_spec("onnxruntime") is None:
            raise FptError(
                "ONNX files need the package onnxruntime.", "pip install 'fpt-studio[onnx]'"
            )
        self._session = _session(file, name)
        properties = self._session.get_modelmeta().custom_metadata_map
        if not {CARD, SHAPES} <= set(properties):
            raise BundleError(
                f"{name} is an ONNX file, but none of FPT Studio.",
                "Choose one that `fpt export` wrote.",
            )
        self.card: ModelCard = parse_card(name, properties[CARD])
        shapes = json.loads(properties[SHAPES])
        self._shapes = Shapes(**{**shapes, "sizes": tuple(shapes["sizes"])})

    def predict(self, image: ImageLike, frame: int = 0, explain: bool = False) -> Prediction:
        """The answer to a file or to an array of pixels; what was read the graph does not tell.

        Raises:
            ImageError: If there is no image in it.
        """
        started = time.perf_counter()
        rgb, box = model_pixels(image, frame, self.card.recipe)
        sizes = self._shapes.sizes
        fed = dict(zip(INPUTS[len(sizes)], (p[None] for p in resized(rgb, sizes)), strict=True))
        probabilities, logits, *indices = self._session.run(None, fed)
        return Prediction(
            self.card.class_names,
            tuple(probabilities[0].tolist()),
            tuple(softmax(logits[0].astype(np.float64)).tolist()),
            self._token_map(indices[0], box) if indices else None,
            time.perf_counter() - started,
        )

    def _token_map(self, indices: NDArray[np.int64], box: tuple[int, int, int, int]) -> TokenMap:
        shapes = self._shapes
        share = kept_share(
            torch.from_numpy(indices[:, 0]), (shapes.rows, shapes.cols), shapes.num_prefix_tokens
        )
        return TokenMap(shapes.rows, shapes.cols, tuple(share.ravel().tolist()), box)


def _session(file: Path | bytes, name: str) -> Any:
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    if isinstance(file, Path) and not file.is_file():
        raise BundleError(f"There is no model file {file}.", "Check the path.")
    source = str(file) if isinstance(file, Path) else file
    try:
        return onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no other class
        raise BundleError(
            f"{name} is truncated or damaged, or is no ONNX file.",
            "Ask for the file again, or copy it again.",
        ) from error
