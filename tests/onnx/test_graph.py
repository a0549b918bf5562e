"""The graph's arithmetic against the program's own path, before any conversion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from fpt_core.features.resizing import resized, stored_size
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.onnx.export import _graph
from fpt_core.onnx.graph import FptGraph, NetworkGraph
from fpt_core.predictor import Predictor
from tests.models.test_families import make as make_family
from tests.onnx.models import CALIBRATION, SHAPES, make_predictor, make_predictor_on, picture


def _batch(sizes: tuple[int, ...]) -> list[torch.Tensor]:
    pairs = [resized(picture(seed), sizes) for seed in range(3)]
    return [torch.from_numpy(np.stack(each)) for each in zip(*pairs, strict=True)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method", ["fpt+", "fpt"])
def test_fpt_equals_the_predictor(method: str, shape: str, make_vit: Callable[..., Any]) -> None:
    predictor = make_predictor(make_vit, method, shape)
    assert isinstance(predictor.model, FptModel)
    graph = FptGraph(predictor.backbone, predictor.model, CALIBRATION).eval()
    sizes = (64, stored_size(predictor.model.config.side_image_size))
    with torch.inference_mode():
        probabilities, logits, _ = graph(*_batch(sizes))
    for row in range(3):
        answer = predictor.predict(picture(row))
        assert probabilities[row].tolist() == pytest.approx(answer.probabilities, abs=1e-5)
        assert logits[row].softmax(0).tolist() == pytest.approx(answer.uncalibrated, abs=1e-5)
    assert np.ptp(probabilities.numpy(), axis=0).max() > 1e-3, "pictures are told apart"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [64, 352])
def test_the_ensemble_equals_the_predictor(
    size: int, shape: str, make_vit: Callable[..., Any]
) -> None:
    backbone = FrozenBackbone(make_vit(depth=2, patch_size=32, **SHAPES[shape]), "tiny", size)
    predictor = make_predictor_on(backbone, "auto")
    graph, shapes = _graph(predictor)
    assert len(shapes.sizes) == (3 if size > 224 else 2)
    with torch.inference_mode():
        probabilities = graph(*_batch(shapes.sizes))[0]
    for row in range(3):
        answer = predictor.predict(picture(row))
        assert probabilities[row].tolist() == pytest.approx(answer.probabilities, abs=1e-5)
    assert np.ptp(probabilities.numpy(), axis=0).max() > 1e-3, "pictures are told apart"


def test_class_token_importance(make_vit: Callable[..., Any]) -> None:
    predictor = make_predictor(make_vit, token_importance="class_token")
    assert isinstance(predictor.model, FptModel)
    graph = FptGraph(predictor.backbone, predictor.model, None).eval()
    image, side = _batch((64, stored_size(predictor.model.config.side_image_size)))
    with torch.inference_mode():
        indices = graph(image, side)[2]
        other = make_predictor(make_vit).model
        assert isinstance(other, FptModel)
        plain = FptGraph(predictor.backbone, other, None).eval()(image, side)[2]
    expected = predictor.backbone.important_tokens(
        predictor.backbone.normalise(image.permute(0, 3, 1, 2)), graph.blocks, 0.2, "class_token"
    )
    assert torch.equal(indices, expected.indices)
    assert not torch.equal(indices, plain)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method", ["linear-probe", "attentive-probe", "lora", "full"])
def test_the_other_methods_equal_the_predictor(
    method: str, shape: str, make_vit: Callable[..., Any]
) -> None:
    _assert_equal(make_predictor(make_vit, method, shape))


@pytest.mark.parametrize("method", ["fpt+", "lora"])
def test_a_backbone_with_rotary_embedding(method: str) -> None:
    vit, _ = make_family("vit_small_patch16_dinov3")
    _assert_equal(make_predictor_on(FrozenBackbone(vit, "tiny", 64), method, side_reduction=2))


def _assert_equal(predictor: Predictor) -> None:
    model = predictor.model
    graph: FptGraph | NetworkGraph
    if isinstance(model, FptModel):
        graph = FptGraph(predictor.backbone, model, CALIBRATION)
        sizes: tuple[int, ...] = (64, stored_size(model.config.side_image_size))
    else:
        graph = NetworkGraph(predictor.backbone, model, CALIBRATION, "both")
        sizes = (graph.image_size,)
    with torch.inference_mode():
        probabilities = graph.eval()(*_batch(sizes))[0]
    assert np.ptp(probabilities.numpy(), axis=0).max() > 1e-3, "pictures are told apart"
    for row in range(3):
        answer = predictor.predict(picture(row))
        assert probabilities[row].tolist() == pytest.approx(answer.probabilities, abs=1e-5)
