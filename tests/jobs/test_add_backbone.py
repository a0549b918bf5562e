"""Backbones from files of every origin, and from a server on this machine."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from fpt_core import backbone_offers
from fpt_core.backbone_catalogue import choose
from fpt_core.backbone_offers import OFFERS
from fpt_core.errors import ConfigError, DownloadError, WeightsError
from fpt_core.events import Finished, Warned
from fpt_core.jobs.doctor import diagnose
from fpt_core.jobs.requests import (
    AddBackboneRequest,
    BackboneChoice,
    DownloadBackboneRequest,
    ImportRequest,
    PrepareRequest,
    Request,
    TrainRequest,
)
from fpt_core.jobs.run import run
from fpt_core.models.backbone import bare_vit
from fpt_core.models.weights import state_hash
from tests.hub import Hub, serving
from tests.pictures import write_labelled_folders

TINY = "vit_tiny_patch16_224"


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(bare_vit(TINY).state_dict())


def _result(request: Request) -> tuple[dict[str, Any], Sequence[str]]:
    events = list(run(request))
    assert isinstance(events[-1], Finished)
    return dict(events[-1].result), [e.message for e in events if isinstance(e, Warned)]


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".bin"])
def test_a_file_under_its_name_is_taken(
    suffix: str, state: dict[str, torch.Tensor], no_weights: Path, tmp_path: Path
) -> None:
    stick = tmp_path / f"{TINY}.augreg_in21k{suffix}"
    whole = {**state, "head.weight": torch.zeros(5, 192), "head.bias": torch.zeros(5)}
    save_file(whole, stick) if suffix == ".safetensors" else torch.save(whole, stick)
    result, warnings = _result(AddBackboneRequest(stick))
    assert result["name"] == f"{TINY}.augreg_in21k"
    assert result["weights_hash"] == state_hash(state)
    assert not warnings
    found = choose(TINY)
    assert found is not None
    assert found.path == Path(result["path"])
    with pytest.raises(WeightsError, match="There is a backbone"):
        _result(AddBackboneRequest(stick))


def test_a_file_of_transformers_is_recognised_by_its_tensors(
    state: dict[str, torch.Tensor], no_weights: Path, tmp_path: Path
) -> None:
    save_file(_as_transformers(state), tmp_path / "model.safetensors")
    result, [warning] = _result(AddBackboneRequest(tmp_path / "model.safetensors"))
    assert result["name"] == TINY
    assert result["weights_hash"] == state_hash(state)
    assert f"The tensors are those of {TINY}" in warning


def _as_transformers(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same numbers as transformers' ViT names them."""
    plain = {
        "cls_token": "embeddings.cls_token",
        "pos_embed": "embeddings.position_embeddings",
        "patch_embed.proj": "embeddings.patch_embeddings.projection",
        "norm": "layernorm",
    }
    inside = {
        "norm1": "layernorm_before",
        "norm2": "layernorm_after",
        "attn.proj": "attention.output.dense",
        "mlp.fc1": "intermediate.dense",
        "mlp.fc2": "output.dense",
    }
    named = {}
    for key, tensor in state.items():
        stem, _, kind = key.rpartition(".")
        if not key.startswith("blocks."):
            name = plain[key] if key in plain else f"{plain[stem]}.{kind}"
            named[f"vit.{name}"] = tensor
            continue
        _, index, part = stem.split(".", 2)
        layer = f"vit.encoder.layer.{index}"
        if part != "attn.qkv":
            named[f"{layer}.{inside[part]}.{kind}"] = tensor
            continue
        for name, third in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
            named[f"{layer}.attention.attention.{name}.{kind}"] = third.clone()
    return named


def test_what_does_not_fit_is_told_tensor_by_tensor(
    state: dict[str, torch.Tensor], no_weights: Path, tmp_path: Path
) -> None:
    save_file(state, tmp_path / "model.safetensors")
    request = AddBackboneRequest(tmp_path / "model.safetensors", "vit_small_patch16_224")
    told: list[str] = []
    with pytest.raises(WeightsError, match="do not fit vit_small_patch16_224") as refused:
        told += (
            line
            for event in run(request)
            if isinstance(event, Warned)
            for line in event.message.splitlines()[1:]
        )
    assert len(told) == len(state)
    assert "  cls_token is (1, 1, 192) instead of (1, 1, 384)" in told
    assert f"and {len(state) - 4} more" in refused.value.message
    assert list(no_weights.iterdir()) == []


def test_what_several_architectures_have_in_common_is_asked(
    no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fpt_core.models.architectures._FAMILIES", ("vit_{size}_patch16_224",) * 2)
    save_file(dict(bare_vit(TINY).state_dict()), tmp_path / "model.safetensors")
    with pytest.raises(ConfigError, match="alike") as refused:
        _result(AddBackboneRequest(tmp_path / "model.safetensors"))
    assert f"--name {TINY}" in refused.value.remedy


def test_what_is_no_vit_is_refused(no_weights: Path, tmp_path: Path) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match="none of the usual plain ViTs"):
        _result(AddBackboneRequest(tmp_path / "a.safetensors"))
    (tmp_path / "b.bin").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        _result(AddBackboneRequest(tmp_path / "b.bin"))
    with pytest.raises(ConfigError, match="timm knows no model"):
        _result(AddBackboneRequest(tmp_path / "a.safetensors", "vit_none"))


# --- download ------------------------------------------------------------------------


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> str:
    """An offer of a small model."""
    offer = dataclasses.replace(OFFERS[0], name=f"{TINY}.augreg_in21k", megabytes=22)
    monkeypatch.setattr(backbone_offers, "OFFERS", (offer,))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return offer.name


def test_a_download_is_verified_and_used(
    offered: str,
    state: dict[str, torch.Tensor],
    no_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_file(state, tmp_path / "model.safetensors")
    with serving(Hub((tmp_path / "model.safetensors").read_bytes())) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        result, _ = _result(DownloadBackboneRequest(offered))
    assert hub.asked[0][0] == f"/timm/{offered}/resolve/main/model.safetensors"
    assert (result["sha256"], result["licence"]) == (hub.sha256, "apache-2.0")
    found = choose(offered)
    assert found is not None
    assert found.path == no_weights / f"{offered}.safetensors"


def test_a_sound_file_of_something_else_is_not_kept(
    offered: str, no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "model.safetensors")
    with serving(Hub((tmp_path / "model.safetensors").read_bytes())) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(WeightsError, match="do not fit"):
            _result(DownloadBackboneRequest(offered))
    assert list(no_weights.iterdir()) == []


def test_nothing_reaches_for_the_network_unasked(
    no_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NetworkUsedError(Exception):
        pass

    def refused(*arguments: Any) -> None:
        raise NetworkUsedError(*arguments)

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket.socket, "connect_ex", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    diagnose()
    assert backbone_offers.list_backbones().offered
    source = write_labelled_folders(tmp_path / "images", per_class=6)
    _result(ImportRequest(tmp_path / "study", source))
    absent = PrepareRequest(
        tmp_path / "study.fptproject", "linear-probe", BackboneChoice(OFFERS[0].name), 64
    )
    with pytest.raises(WeightsError, match="No pretrained weights"):
        _result(TrainRequest(absent))
    _result(TrainRequest(dataclasses.replace(absent, backbone=BackboneChoice())))
    with pytest.raises(NetworkUsedError):
        _result(DownloadBackboneRequest(OFFERS[0].name))  # so the test can fail


def test_a_download_that_fails_leaves_nothing_that_counts(
    offered: str, no_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Hub(b"weights", sha256="1" * 64)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(DownloadError, match="arrived damaged"):
            _result(DownloadBackboneRequest(offered))
    assert choose(offered) is None
