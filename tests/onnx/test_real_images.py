"""ONNX against torch on 20 real radiographs and fundus photographs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fpt_core.models.backbone import FrozenBackbone, load_backbone
from fpt_core.models.timm_import import VisionTransformer
from fpt_core.onnx.export import TOLERANCE, export_onnx
from fpt_core.onnx.predictor import OnnxPredictor
from tests.onnx.models import make_predictor_on

pytestmark = pytest.mark.timeout(900)


def _images(shared_data: Path) -> list[Path]:
    chest = sorted((shared_data / "cxr_nih").rglob("*.png"))[:10]
    fundus = sorted((shared_data / "fundus_dr").rglob("*.jpg"))[:10]
    assert len(chest) == len(fundus) == 10
    return [*chest, *fundus]


def _vit_tiny(shared_data: Path) -> FrozenBackbone:
    name = "vit_tiny_patch16_224"
    return load_backbone(name, shared_data / "weights" / f"{name}.safetensors", 224)


def _siglip_like(shared_data: Path) -> FrozenBackbone:
    """No class token, attention pooling, as SigLIP is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        vit = VisionTransformer(
            img_size=224,
            patch_size=16,
            embed_dim=96,
            depth=4,
            num_heads=3,
            class_token=False,
            global_pool="map",
            num_classes=0,
        )
    return FrozenBackbone(vit.eval(), "siglip-like", 224)


@pytest.mark.parametrize(
    ("make_backbone", "method"),
    [(_vit_tiny, "fpt+"), (_siglip_like, "fpt")],
)
def test_probabilities_and_tokens_are_torchs(make_backbone, method, shared_data, tmp_path) -> None:  # type: ignore[no-untyped-def]
    predictor = make_predictor_on(make_backbone(shared_data), method)
    images = _images(shared_data)
    written = export_onnx(predictor, tmp_path / "model.onnx", images=images)
    assert written.images == 20
    assert written.deviation < TOLERANCE
    assert written.other_tokens == 0
    answers = [OnnxPredictor(written.path, "m").predict(image) for image in (images[0], images[-1])]
    assert answers[0].probabilities != answers[1].probabilities, "images are told apart"
    assert answers[0].token_map != answers[1].token_map
