"""Write a model file and its backbone as one ONNX file, and prove that both agree."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from fpt_core.config import to_dict
from fpt_core.errors import BundleError, FptError, translate_os_error
from fpt_core.features.reading import low_size
from fpt_core.files import write_atomically
from fpt_core.models.ensemble import EnsembleModel
from fpt_core.models.fpt import FptModel
from fpt_core.onnx.graph import (
    OUTPUTS,
    EnsembleGraph,
    FptGraph,
    Graph,
    NetworkGraph,
    TwoSizesGraph,
)
from fpt_core.onnx.predictor import CARD, INPUTS, SHAPES, OnnxPredictor, Shapes
from fpt_core.predictor import ImageLike, Predictor

OPSET = 20
TOLERANCE = 1e-4
"""Largest difference of a probability from torch's that a single precision graph may have."""
_PICTURES = 4
_NEEDED = ("onnx", "onnxruntime", "onnxscript")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    opset: int
    half: bool
    images: int
    """How many images both models answered."""
    deviation: float
    """Largest difference of a probability from torch's on them."""
    other_tokens: int
    """On how many of them other tokens were read."""


def export_onnx(
    predictor: Predictor, path: Path, *, half: bool = False, images: Sequence[ImageLike] = ()
) -> Exported:
    """Write ``predictor`` as an ONNX file; a kill leaves the old one or the new one.

    Args:
        predictor: The model with its backbone, on the CPU.
        path: Of the ONNX file.
        half: Compute in half precision; inputs and outputs stay as they are.
        images: What both models answer to be compared; drawn pictures where there are none.

    Raises:
        BundleError: If the file's answers differ.
        FptError: If the packages for it are missing.
    """
    _check_packages()
    graph, shapes = _graph(predictor)
    content = _converted(graph, shapes)
    if half:
        content = _halved(content)
    content = _described(content, predictor, shapes)
    compared = list(images) or _pictures()
    deviation, other_tokens = _compared(predictor, OnnxPredictor(content, path.name), compared)
    if not half and deviation > TOLERANCE:
        raise BundleError(
            f"The ONNX graph's probabilities differ from the model's by up to {deviation:.1g}; "
            f"{TOLERANCE:g} is allowed.",
            "Report it, with the backbone's name; nothing was written.",
        )
    try:
        write_atomically(path, content)
    except OSError as error:
        raise translate_os_error(error, path) from error
    return Exported(path, OPSET, half, len(compared), deviation, other_tokens)


def _check_packages() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise FptError(
            f"Writing ONNX files needs {', '.join(missing)}.", "pip install 'fpt-studio[onnx]'"
        )


def _graph(predictor: Predictor) -> tuple[Graph, Shapes]:
    backbone, model, calibration = predictor.backbone, predictor.model, predictor.card.calibration
    grid = (*backbone.grid_size, backbone.num_prefix_tokens)
    if isinstance(model, FptModel):
        graph = FptGraph(backbone, model, calibration).eval()
        return graph, Shapes((backbone.image_size, graph.side_resize.shape[1]), *grid)
    if isinstance(model, EnsembleModel):
        graph, sizes = _ensemble_graph(predictor, model)
        return graph.eval(), Shapes(sizes, *grid)
    whole = NetworkGraph(backbone, model, calibration, predictor.card.training.probe_features)
    return whole.eval(), Shapes((whole.image_size,), *grid)


def _ensemble_graph(
    predictor: Predictor, model: EnsembleModel
) -> tuple[EnsembleGraph, tuple[int, ...]]:
    """The graph and its inputs' sizes, the largest first."""
    backbone, calibration = predictor.backbone, predictor.card.calibration
    low = low_size(backbone.image_size, backbone.patch_size)
    if low is None:
        graph = EnsembleGraph(backbone, model, calibration)
        return graph, (backbone.image_size, graph.side_resize.shape[1])
    graph = TwoSizesGraph(backbone, model, calibration, backbone.at_size(low))
    return graph, (backbone.image_size, low, graph.side_resize.shape[1])


def _converted(graph: Graph, shapes: Shapes) -> bytes:
    names = INPUTS[len(shapes.sizes)]
    batch = torch.export.Dim("batch")
    outputs = OUTPUTS if isinstance(graph, NetworkGraph) else (*OUTPUTS, "token_indices")
    with _quiet():
        program = torch.onnx.export(
            graph,
            tuple(torch.zeros(2, size, size, 3, dtype=torch.uint8) for size in shapes.sizes),
            dynamo=True,
            input_names=names,
            output_names=outputs,
            dynamic_shapes={name: {0: batch} for name in names},
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    return bytes(program.model_proto.SerializeToString())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's words to its developers from the person who exports."""
    level = logging.root.manager.disable
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.ERROR)
        try:
            yield
        finally:
            logging.disable(level)


def _halved(content: bytes) -> bytes:
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16
    from onnxruntime.transformers.onnx_model import OnnxModel

    with _quiet():
        half = convert_float_to_float16(onnx.load_from_string(content), keep_io_types=True)
        OnnxModel(half).topological_sort()
    return bytes(half.SerializeToString())


def _described(content: bytes, predictor: Predictor, shapes: Shapes) -> bytes:
    import onnx

    model: Any = onnx.load_from_string(content)
    model.producer_name = "FPT Studio"
    model.doc_string = predictor.card.intended_use
    properties = {
        CARD: json.dumps(to_dict(predictor.card)),
        SHAPES: json.dumps(to_dict(shapes)),
        "classes": json.dumps(predictor.card.class_names),
    }
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _pictures() -> list[NDArray[np.uint8]]:
    """Smooth pictures with fine noise, the same at every call."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 200, (_PICTURES, 9, 9, 3), dtype=np.uint8)
    drawn = [np.asarray(Image.fromarray(c).resize((640, 600))) for c in coarse]
    return [picture + rng.integers(0, 50, picture.shape, dtype=np.uint8) for picture in drawn]


def _compared(
    torchs: Predictor, onnxs: OnnxPredictor, images: Sequence[ImageLike]
) -> tuple[float, int]:
    """Largest difference of a probability, and on how many images other tokens were read."""
    deviation, other_tokens = 0.0, 0
    for image in images:
        first, second = torchs.predict(image), onnxs.predict(image)
        gaps = np.subtract(first.probabilities, second.probabilities)
        deviation = max(deviation, float(np.abs(gaps).max()))
        other_tokens += first.token_map != second.token_map
    return deviation, other_tokens
