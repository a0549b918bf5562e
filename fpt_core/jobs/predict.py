"""Answer image files with a model file; one bad file does not stop the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from pathlib import Path

from fpt_core.config import ONNX_SUFFIX, HeatmapLayer
from fpt_core.errors import ImageError
from fpt_core.events import Event, Finished, Predicted, PredictionFailed, Progress, TokenMap
from fpt_core.explain.overlay import save_overlay
from fpt_core.images import read_image
from fpt_core.jobs.found_images import find_images
from fpt_core.jobs.requests import PredictRequest
from fpt_core.model_card import ModelCard, load_card
from fpt_core.onnx.predictor import OnnxPredictor
from fpt_core.predictor import Predictor, load_model

Answering = Predictor | OnnxPredictor
"""What answers: a model file with its backbone, or an ONNX file."""

_warm: dict[tuple[str, int, str, str], Answering] = {}
"""The model used last in this process, so that the next image answers at once."""


def predict(request: PredictRequest) -> Generator[Event, None, None]:
    """The prediction job.

    Raises:
        ImageError: If the paths hold no image file at all.
    """
    found = yield from find_images(request.paths)
    files = [path for path, _ in found.images]
    if not files:
        raise ImageError(
            f"No image files in {', '.join(str(path) for path in request.paths)}.",
            "Give image files (PNG, JPEG, TIFF, DICOM and so on) or a folder that holds some.",
        )
    for left_out in found.left_out:
        yield PredictionFailed(left_out.path, f"{Path(left_out.path).name}: {left_out.reason}", "")
    predictor = warm_model(request.model, request.weights, request.device)
    # The token map says itself which part of the whole image it covers.
    whole = dataclasses.replace(predictor.card.recipe, fundus_crop=False, fundus_contrast=False)
    answered = 0
    for number, path in enumerate(files, 1):
        try:
            event = answer(predictor, path, request.frame, explain=request.explain)
            layer = layer_of(event, request.layer)
            if request.heatmaps is not None and layer is not None:
                target = request.heatmaps / f"{number:05d}-{path.stem}.png"
                save_overlay(target, read_image(path, whole, request.frame), layer)
            yield event
            answered += 1
        except ImageError as error:
            yield PredictionFailed(str(path), error.message, error.remedy, request.frame)
        yield Progress("Predicting", number, len(files))
    yield Finished(
        {
            "model": str(request.model),
            "images": len(files),
            "answered": answered,
            "failed": len(files) - answered,
            "left_out": len(found.left_out),
            "heatmaps": None if request.heatmaps is None else str(request.heatmaps),
        }
    )


def answer(predictor: Answering, path: Path, frame: int = 0, *, explain: bool) -> Predicted:
    """The answer to one frame of a file.

    Raises:
        ImageError: If there is no image in it.
    """
    found = predictor.predict(path, frame, explain)
    return Predicted(
        str(path),
        found.class_names,
        found.probabilities,
        found.token_map,
        found.seconds,
        found.read,
        found.evidence,
        None if found.likeness is None else found.likeness.distance,
        () if found.likeness is None else found.likeness.nearest,
        frame,
        found.evidence_of,
        found.heads,
    )


def layer_of(event: Predicted, layer: HeatmapLayer) -> TokenMap | None:
    """What an overlay shows, where the model tells it."""
    if layer == "evidence" and event.evidence:
        return event.evidence[event.best]
    return event.read if layer == "read" else event.token_map


def model_card(model: Path, device: str) -> ModelCard:
    """What a model file, or an ONNX file of a model, says of itself.

    Raises:
        BundleError: If it is absent, damaged or no model.
    """
    return warm_model(model, None, device).card if model.suffix == ONNX_SUFFIX else load_card(model)


def warm_model(model: Path, weights: Path | None, device: str) -> Answering:
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
