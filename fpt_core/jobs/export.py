"""Write a model file as something that runs without this program."""

from __future__ import annotations

from collections.abc import Generator

from fpt_core.events import Event, Finished, Progress
from fpt_core.jobs.found_images import find_images
from fpt_core.jobs.requests import ExportRequest
from fpt_core.onnx.export import export_onnx
from fpt_core.predictor import load_model


def export(request: ExportRequest) -> Generator[Event, None, None]:
    """The export job.

    Raises:
        BundleError: If the model cannot be used or exported, or the file's answers differ.
        ImageError: If an image to compare both on cannot be read.
    """
    yield Progress("Exporting", 0, 1)
    predictor = load_model(request.model, request.weights, "cpu")
    found = yield from find_images(request.check)
    images = tuple(path for path, _ in found.images)
    written = export_onnx(predictor, request.onnx, half=request.half, images=images)
    yield Progress("Exporting", 1, 1)
    yield Finished(
        {
            "model": str(request.model),
            "onnx": str(written.path),
            "bytes": written.path.stat().st_size,
            "opset": written.opset,
            "precision": "half" if written.half else "single",
            "compared_images": written.images,
            "largest_deviation": written.deviation,
            "images_with_other_tokens": written.other_tokens,
        }
    )
