from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from fpt_core.errors import ConfigError, WeightsError
from fpt_core.models import backbone as backbone_module
from fpt_core.models.backbone import FrozenBackbone, load_backbone
from fpt_core.models.weights import state_hash

ALL = (0, 1, 2, 3)
ARCHITECTURE = "vit_tiny_patch16_224"

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "mean token": {"class_token": False, "global_pool": "avg"},
    "registers": {"reg_tokens": 4},
    "qk_norm": {"qk_norm": True},
    "layer scale": {"init_values": 0.3},
    "norm_pre": {"pre_norm": True},
    "no qkv bias": {"qkv_bias": False},
}

MakeVit = Callable[..., Any]


def _images(size: int = 32, seed: int = 0) -> torch.Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("variant", VARIANTS)
def test_keys_and_values_are_the_models_own(variant: str, make_vit: MakeVit) -> None:
    vit = make_vit(**VARIANTS[variant])
    own: list[tuple[torch.Tensor, torch.Tensor]] = []
    for block in vit.blocks:
        attn = block.attn
        attn.qkv.register_forward_hook(
            lambda module, args, qkv, attn=attn: own.append(_split(attn, qkv))
        )
    images = _images()
    vit(images)
    expected = own[: len(vit.blocks)]
    tokens = FrozenBackbone(vit, "tiny", 32).important_tokens(images, ALL, 1.0, "global")
    for block, (query, key, value) in enumerate(expected):
        gather = tokens.indices[block].unsqueeze(-1).expand_as(tokens.keys[block])
        torch.testing.assert_close(tokens.keys[block], key.gather(-2, gather))
        torch.testing.assert_close(tokens.values[block], value.gather(-2, gather))
        received = (query @ key.mT / query.shape[-1] ** 0.5).softmax(-1).mean(-2)
        torch.testing.assert_close(
            received.gather(-1, tokens.indices[block]), received.sort(-1, descending=True).values
        )


def _split(attn: Any, qkv: torch.Tensor) -> tuple[torch.Tensor, ...]:
    B, N, _ = qkv.shape
    query, key, value = qkv.reshape(B, N, 3, attn.num_heads, -1).permute(2, 0, 3, 1, 4)
    return attn.q_norm(query), attn.k_norm(key), value


def test_kept_tokens_are_counted_with_the_prefix(backbone: FrozenBackbone) -> None:
    assert backbone.num_tokens == 17
    assert backbone.num_kept_tokens(0.2) == 3
    assert backbone.num_kept_tokens(0.001) == 1
    tokens = backbone.important_tokens(_images(), (1, 3), 0.2, "global")
    assert tokens.keys.shape == tokens.values.shape == (2, 2, 4, 3, 8)
    assert tokens.indices.shape == (2, 2, 4, 3)


def test_importance_is_computed_in_tapped_blocks_alone(
    backbone: FrozenBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("attend", "token_importance"):
        original = getattr(backbone_module, name)

        def counted(*arguments: Any, name: str = name, original: Any = original) -> Any:
            calls.append(name)
            return original(*arguments)

        monkeypatch.setattr(backbone_module, name, counted)
    backbone.important_tokens(_images(), (0, 2), 0.2, "global")
    assert calls == ["attend", "token_importance"]


def test_a_batch_in_parts_is_the_batch(
    backbone: FrozenBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = torch.randn(5, 3, 32, 32, generator=torch.Generator().manual_seed(2))
    whole = backbone.important_tokens(images, (1, 3), 0.5, "global")
    monkeypatch.setattr(backbone_module, "_TOKENS_AT_ONCE", 2 * backbone.num_tokens)
    monkeypatch.setattr(backbone_module, "MLP_ROWS", 7)
    parts = backbone.important_tokens(images, (1, 3), 0.5, "global")
    assert torch.equal(parts.indices, whole.indices)
    torch.testing.assert_close(parts.keys, whole.keys)
    torch.testing.assert_close(parts.values, whole.values)


def test_keys_and_values_come_in_the_type_of_the_store(backbone: FrozenBackbone) -> None:
    half = backbone.important_tokens(_images(), (1, 3), 0.5, "global", torch.float16)
    full = backbone.important_tokens(_images(), (1, 3), 0.5, "global")
    assert torch.equal(half.keys, full.keys.half())
    assert torch.equal(half.values, full.values.half())


def test_nothing_is_computed_after_the_last_tapped_block(backbone: FrozenBackbone) -> None:
    calls: list[str] = []
    for index, block in enumerate(backbone.vit.blocks):
        for part in ("norm1", "mlp"):
            getattr(block, part).register_forward_hook(
                lambda *_, name=f"{part} {index}": calls.append(name)
            )
    backbone.important_tokens(_images(), (0, 2), 0.2, "global")
    assert calls == ["norm1 0", "mlp 0", "norm1 1", "mlp 1", "norm1 2"]


def test_class_token_importance_selects_by_the_class_tokens_attention(
    backbone: FrozenBackbone,
) -> None:
    seen: list[torch.Tensor] = []
    attn = backbone.vit.blocks[0].attn
    handle = attn.qkv.register_forward_hook(lambda module, args, qkv: seen.append(qkv))
    tokens = backbone.important_tokens(_images(), (0,), 0.5, "class_token")
    handle.remove()
    query, key, _ = _split(attn, seen[0])
    row = (query[..., 0, :].unsqueeze(-2) @ key.mT).squeeze(-2)
    assert torch.equal(tokens.indices[0], row.topk(8, dim=-1).indices)


def test_class_token_importance_needs_a_class_token(make_vit: MakeVit) -> None:
    headless = FrozenBackbone(make_vit(class_token=False, global_pool="avg"), "tiny", 32)
    with pytest.raises(ConfigError, match="tiny has no class token") as refused:
        headless.important_tokens(_images(), ALL, 0.2, "class_token")
    assert refused.value.remedy == "Choose 'global'."


@pytest.mark.parametrize("size", [16, 48, 64])
def test_reads_other_input_sizes(size: int, make_vit: MakeVit) -> None:
    resized = FrozenBackbone(make_vit(), "tiny", size)
    assert resized.grid_size == (size // 8, size // 8)
    assert resized.num_tokens == 1 + (size // 8) ** 2
    tokens = resized.important_tokens(_images(size), ALL, 1.0, "global")
    assert tokens.keys.shape == (4, 2, 4, resized.num_tokens, 8)


def test_the_weights_hash_does_not_depend_on_the_input_size(make_vit: MakeVit) -> None:
    hashes = {FrozenBackbone(make_vit(), "tiny", size).weights_hash for size in (32, 64)}
    assert len(hashes) == 1


def test_refuses_an_input_size_that_is_no_multiple_of_the_patch(make_vit: MakeVit) -> None:
    with pytest.raises(ConfigError, match="multiple of tiny's patch size 8, not 33") as refused:
        FrozenBackbone(make_vit(), "tiny", 33)
    assert refused.value.remedy == "Choose 32."


def test_refuses_blocks_that_are_not_standard(make_vit: MakeVit) -> None:
    vit = make_vit()
    vit.blocks[1] = torch.nn.Identity()
    with pytest.raises(ConfigError, match="tiny is not a plain ViT"):
        FrozenBackbone(vit, "tiny", 32)


def test_is_frozen_and_in_evaluation_mode(backbone: FrozenBackbone) -> None:
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
    assert not backbone.vit.training
    assert not backbone.important_tokens(_images(), ALL, 0.2, "global").keys.requires_grad


def test_normalises_eight_bit_pixels(make_vit: MakeVit) -> None:
    backbone = FrozenBackbone(make_vit(), "tiny", 32, mean=(0.0, 0.5, 1.0), std=(1.0, 0.5, 0.25))
    white = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    assert backbone.normalise(white)[0, :, 0, 0].tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(("variant", "width"), [("plain", 64), ("mean token", 32)])
def test_pooled_features(variant: str, width: int, make_vit: MakeVit) -> None:
    backbone = FrozenBackbone(make_vit(**VARIANTS[variant]), "tiny", 32)
    features = backbone.pooled_features(_images())
    assert features.shape == (2, width)
    tokens = backbone.vit.forward_features(_images())
    patches = tokens[:, backbone.num_prefix_tokens :].mean(1)
    torch.testing.assert_close(features[:, -32:], patches)


# --- weights files -------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny_state() -> dict[str, torch.Tensor]:
    return dict(load_backbone(ARCHITECTURE, None, 224).vit.state_dict())


def test_random_weights_are_the_same_at_every_call(tiny_state: dict[str, torch.Tensor]) -> None:
    before = torch.get_rng_state()
    backbone = load_backbone(ARCHITECTURE, None, 64)
    assert torch.equal(torch.get_rng_state(), before)
    assert not backbone.pretrained
    assert backbone.weights_hash == state_hash(tiny_state)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt", ".bin"])
def test_loads_weights(suffix: str, tiny_state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    # Classification heads of full checkpoints are left aside.
    state = {key: tensor + 1 for key, tensor in tiny_state.items()}
    full = {**state, "head.weight": torch.zeros(10, 192), "head.bias": torch.zeros(10)}
    path = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(full, path)
    else:
        torch.save({"state_dict": full} if suffix == ".pt" else full, path)
    backbone = load_backbone(ARCHITECTURE, path, 64)
    assert backbone.pretrained
    assert backbone.weights_hash == state_hash(state)


def test_names_the_tensors_that_do_not_fit(
    tiny_state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    state = {key: tensor for key, tensor in tiny_state.items() if key != "norm.weight"}
    state["cls_token"] = torch.zeros(1, 1, 7)
    state["stem.conv"] = torch.zeros(1)
    save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError) as refused:
        load_backbone(ARCHITECTURE, tmp_path / "other.safetensors", 64)
    assert refused.value.message == (
        f"The weights in other.safetensors do not fit {ARCHITECTURE}: "
        "cls_token is (1, 1, 7) instead of (1, 1, 192); norm.weight is missing; "
        "stem.conv is unknown to it."
    )


def test_counts_the_tensors_that_are_not_named(
    tiny_state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    save_file({"cls_token": tiny_state["cls_token"]}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match=f"and {len(tiny_state) - 1 - 4} more"):
        load_backbone(ARCHITECTURE, tmp_path / "other.safetensors", 64)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("kept", [0, 5, 1000, -1000])
def test_refuses_a_truncated_file(
    suffix: str, kept: int, tiny_state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    path = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_file(tiny_state, path)
    else:
        torch.save(tiny_state, path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=f"weights{suffix} cannot be read as weights"):
        load_backbone(ARCHITECTURE, path, 64)


class _Code:
    """What a hostile pickle looks like: it makes a file when it is loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_with_code_is_refused_and_not_run(zipped: bool, tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "weights.pth"
    if zipped:
        torch.save({"a": _Code(victim)}, path)
    else:
        path.write_bytes(pickle.dumps({"a": _Code(victim)}, protocol=2))
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        load_backbone(ARCHITECTURE, path, 64)
    assert not victim.exists()


@pytest.mark.parametrize("content", [[1, 2], {"a": 1}, 7])
def test_a_file_of_other_things_is_refused(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "weights.pt")
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        load_backbone(ARCHITECTURE, tmp_path / "weights.pt", 64)


def test_an_absent_file_and_an_unknown_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="There is no weights file"):
        load_backbone(ARCHITECTURE, tmp_path / "none.pth", 64)
    with pytest.raises(ConfigError, match="timm knows no model 'vit_none'"):
        load_backbone("vit_none", None, 64)


def test_a_model_that_is_no_vit_is_refused() -> None:
    with pytest.raises(ConfigError, match="resnet10t is not a plain ViT"):
        load_backbone("resnet10t", None, 64)


def test_real_weights_fit_their_architecture(shared_data: Path) -> None:
    found = sorted((shared_data / "weights").glob("vit_*.safetensors"))
    if not found:
        pytest.skip("the shared data holds no plain ViT in safetensors")
    smallest = min(found, key=lambda path: path.stat().st_size)
    assert load_backbone(smallest.stem, smallest, 64).pretrained
