"""Key names of transformers' own files, and what its models answered to the same weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from fpt_core.models.timm_import import VisionTransformer
from fpt_core.models.transformers_names import is_from_transformers, to_timm
from fpt_core.models.weights import MisfitError, fitting_state

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "transformers_vits.json").read_text())
SHAPE: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 32,
    "depth": 2,
    "num_heads": 4,
    "num_classes": 0,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "vit": {},
    "dinov2": {"init_values": 1.0},
    "dinov2-registers": {"init_values": 1.0, "reg_tokens": 4, "no_embed_class": True},
    "siglip": {"class_token": False, "global_pool": "", "act_layer": "gelu_tanh"},
    "clip": {"pre_norm": True, "act_layer": "quick_gelu"},
}


def _state(family: str) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    tensors = GOLDEN[family]["tensors"]
    return {name: 0.2 * torch.randn(tensors[name], generator=generator) for name in sorted(tensors)}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("prefix", ["", "model.vision_model."])
def test_timm_answers_as_transformers_did(family: str, prefix: str, tmp_path: Path) -> None:
    state = {prefix + name: tensor for name, tensor in _state(family).items()}
    state["text_model.embeddings.token_embedding.weight"] = torch.zeros(3)
    save_file(state, tmp_path / "model.safetensors")
    vit = VisionTransformer(**{**SHAPE, **FAMILIES[family]}).eval()
    vit.load_state_dict(fitting_state(vit, family, tmp_path / "model.safetensors"))
    images = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        tokens = vit.forward_features(images)[0]
    for token, name in ((tokens[0], "first"), (tokens[-1], "last")):
        torch.testing.assert_close(token, torch.tensor(GOLDEN[family][name]), atol=2e-3, rtol=2e-3)


def test_only_files_of_transformers_are_taken_for_such() -> None:
    assert is_from_transformers(_state("clip"))
    assert not is_from_transformers(VisionTransformer(**SHAPE).state_dict())


def test_what_is_beside_the_tower_is_left_out() -> None:
    named = to_timm(_state("vit"))
    assert set(named) == set(VisionTransformer(**SHAPE).state_dict())


def test_another_size_is_told_under_the_names_of_the_architecture(tmp_path: Path) -> None:
    save_file(_state("vit"), tmp_path / "model.safetensors")
    vit = VisionTransformer(**{**SHAPE, "depth": 3})
    with pytest.raises(MisfitError, match=r"blocks\.2\.norm1\.weight is missing") as told:
        fitting_state(vit, "larger", tmp_path / "model.safetensors")
    assert len(told.value.tensors) == 12


def test_dinov2_as_its_authors_publish_it(tmp_path: Path) -> None:
    shape = {**SHAPE, "init_values": 1.0, "reg_tokens": 4, "no_embed_class": True}
    vit = VisionTransformer(**shape)
    published = {key: torch.randn_like(tensor) for key, tensor in vit.state_dict().items()}
    published["register_tokens"] = published.pop("reg_token")
    published["mask_token"] = torch.zeros(1, 32)
    positions = torch.randn(1, 17, 32)
    published["pos_embed"] = positions
    torch.save({"model": published}, tmp_path / "dinov2.pth")
    state = fitting_state(vit, "dinov2", tmp_path / "dinov2.pth")
    assert torch.equal(state["reg_token"], published["register_tokens"])
    assert torch.equal(state["pos_embed"], positions[:, 1:])
    torch.testing.assert_close(state["cls_token"], published["cls_token"] + positions[:, :1])
