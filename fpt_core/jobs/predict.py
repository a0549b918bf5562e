"""Answer image files with a model file; one bad file does not stop the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from fpt_core.config import ONNX_SUFFIX, HeatmapLayer
from fpt_core.errors import FptError, ImageError
from fpt_core.events import Event, Finished, Predicted, PredictionFailed, Progress, TokenMap
from fpt_core.explain.overlay import save_overlay
from fpt_core.images import is_image_file, read_image
from fpt_core.jobs.requests import PredictRequest
from fpt_core.model_card import ModelCard, load_card
from fpt_core.onnx.predictor import OnnxPredictor
from fpt_core.predictor import Prediction, Predictor, load_model

_warm: dict[tuple[str, int, str, str], Predictor | OnnxPredictor] = {}
"""The model used last in this process, so that the next image answers at once."""


def predict(request: PredictRequest) -> Generator[Event, None, None]:
    """The prediction job.

    Raises:
        ImageError: If the paths hold no image file at all.
    """
    files = list(image_files(request.paths))
    if not files:
        raise ImageError(
            f"No image files in {', '.join(str(path) for path in request.paths)}.",
            "Give image files (PNG, JPEG, TIFF, DICOM and so on) or a folder that holds some.",
        )
    predictor = warm_model(request.model, request.weights, request.device)
    # The token map says itself which part of the whole image it covers.
    whole = dataclasses.replace(predictor.card.recipe, fundus_crop=False, fundus_contrast=False)
    answered = 0
    for number, path in enumerate(files, 1):
        try:
            answer = predictor.predict(path, explain=request.explain)
            layer = _layer(answer, request.layer)
            if request.heatmaps is not None and layer is not None:
                target = request.heatmaps / f"{number:05d}-{path.stem}.png"
                save_overlay(target, read_image(path, whole), layer)
            yield Predicted(
                str(path),
                answer.class_names,
                answer.probabilities,
                answer.token_map,
                answer.seconds,
                answer.read,
                answer.evidence,
                None if answer.likeness is None else answer.likeness.distance,
                () if answer.likeness is None else answer.likeness.nearest,
            )
            answered += 1
        except ImageError as error:
            yield PredictionFailed(str(path), error.message, error.remedy)
        yield Progress("Predicting", number, len(files))
    yield Finished(
        {
            "model": str(request.model),
            "images": len(files),
            "answered": answered,
            "failed": len(files) - answered,
            "heatmaps": None if request.heatmaps is None else str(request.heatmaps),
        }
    )


def _layer(answer: Prediction, layer: HeatmapLayer) -> TokenMap | None:
    """What an overlay shows, where the model tells it."""
    if layer == "evidence" and answer.evidence:
        return answer.evidence[int(np.argmax(answer.probabilities))]
    return answer.read if layer == "read" else answer.token_map


def model_card(model: Path, device: str) -> ModelCard:
    """What a model file, or an ONNX file of a model, says of itself.

    Raises:
        BundleError: If it is absent, damaged or no model.
    """
    return warm_model(model, None, device).card if model.suffix == ONNX_SUFFIX else load_card(model)


def warm_model(model: Path, weights: Path | None, device: str) -> Predictor | OnnxPredictor:
    """The model file, kept in memory until another one is asked for."""
    if not model.is_file():
        load_model(model)  # says so
    key = (str(model), model.stat().st_mtime_ns, str(weights), device)
    if key not in _warm:
        _warm.clear()
        is_onnx = model.suffix == ONNX_SUFFIX
        _warm[key] = (
            OnnxPredictor(model, model.name) if is_onnx else load_model(model, weights, device)
        )
    return _warm[key]


def image_files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """The files, and every image file below the folders.

    Raises:
        FptError: If one does not exist.
    """
    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if is_image_file(file))
        elif path.exists() or is_image_file(path):  # perhaps in an archive
            yield path
        else:
            raise FptError(f"{path} does not exist.", "Check the name, or whether it was moved.")
