from __future__ import annotations

import torch
from safetensors.torch import load_file

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, built_in_path
from fpt_core.models.backbone import load_backbone
from fpt_core.models.boxed_vit import dequantised, quantised
from fpt_core.models.timm_import import timm
from fpt_core.models.weights import read_state

LARGEST_BYTES = 6_500_000


def test_every_tensor_in_the_box_fits_timms_model() -> None:
    expected = timm.create_model(BUILT_IN_BACKBONE).state_dict()
    state = read_state(built_in_path())

    assert state.keys() == expected.keys()
    for key, tensor in state.items():
        assert tensor.shape == expected[key].shape, key
        assert tensor.isfinite().all(), key
        assert tensor.float().std() > 0, key
    assert built_in_path().stat().st_size < LARGEST_BYTES


def test_the_box_gives_a_pretrained_backbone_at_any_size() -> None:
    backbone = load_backbone(BUILT_IN_BACKBONE, built_in_path(), 64)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    features = backbone.pooled_features(images)

    assert backbone.pretrained
    assert (backbone.depth, backbone.num_heads, backbone.mean) == (8, 3, (0.5, 0.5, 0.5))
    assert features.shape == (2, 384)
    assert (features[0] - features[1]).abs().max() > 0.1


def test_matrices_are_kept_in_eight_bits_and_come_back() -> None:
    generator = torch.Generator().manual_seed(0)
    state = {
        "proj.weight": torch.randn(4, 3, 2, 2, generator=generator),
        "norm.weight": torch.ones(4),
        "zero.weight": torch.zeros(2, 5),
    }
    kept = quantised(state)
    back = dequantised(kept)

    assert kept["proj.weight"].dtype == kept["zero.weight"].dtype == torch.int8
    assert back.keys() == state.keys()
    for key, tensor in state.items():
        torch.testing.assert_close(back[key].float(), tensor, rtol=0, atol=0.02)


def test_other_states_pass_unchanged() -> None:
    state = {"scale.weight": torch.ones(2, 2), "scale.weight_scale_of_another": torch.ones(2)}
    assert dequantised(state) == state
    assert load_file(built_in_path()).keys() != read_state(built_in_path()).keys()
