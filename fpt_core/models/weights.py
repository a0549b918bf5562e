"""Weights files: read safely, put under timm's names, and compared with an architecture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from fpt_core.errors import WeightsError
from fpt_core.models.boxed_vit import dequantised
from fpt_core.models.timm_import import Eva, eva, vision_transformer
from fpt_core.models.transformers_names import is_from_transformers, to_timm

_NAMED_IN_MESSAGE = 4
_AUTHORS_KEYS = ("mask_token", "storage_tokens", "visual.class_embedding", "visual.trunk.pos_embed")
"""One of these is in files as their authors published them: DINOv2, DINOv3, CLIP, OpenCLIP."""


class MisfitError(WeightsError):
    """Weights of another architecture.

    Args:
        file: Whose weights they are.
        name: Of the architecture.
        tensors: What does not fit, a phrase for every tensor.
    """

    def __init__(self, file: str, name: str, tensors: tuple[str, ...]) -> None:
        more = len(tensors) - _NAMED_IN_MESSAGE
        super().__init__(
            f"The weights in {file} do not fit {name}: {'; '.join(tensors[:_NAMED_IN_MESSAGE])}"
            + (f"; and {more} more." if more > 0 else "."),
            "Choose the weights of this architecture, or the architecture they were made for.",
        )
        self.tensors = tensors


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors in a weights file; nothing in it is executed.

    Raises:
        WeightsError: If the file is absent, damaged or holds more than tensors.
    """
    if not path.is_file():
        raise WeightsError(f"There is no weights file {path}.", "Check the path.")
    try:
        if path.suffix == ".safetensors":
            return dequantised(load_file(path))
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, UnpicklingError, OSError, RuntimeError, ValueError, EOFError) as error:
        raise _unreadable(path) from error
    for wrapper in ("state_dict", "model", "teacher"):
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not all(isinstance(t, Tensor) for t in state.values()):
        raise _unreadable(path)
    return state


def fitting_state(vit: Any, name: str, path: Path) -> dict[str, Tensor]:
    """The tensors of ``vit`` in a weights file of timm, of transformers or of the authors.

    Args:
        vit: The architecture.
        name: Its name, for messages.
        path: safetensors, pth, pt or bin.

    Raises:
        MisfitError: If a tensor is missing, unknown or of another shape.
        WeightsError: If the file cannot be read.
    """
    state = under_timm_names(read_state(path), vit)
    expected = vit.state_dict()
    if tensors := misfits(state, expected):
        raise MisfitError(path.name, name, tensors)
    return {key: state[key] for key in expected}


def under_timm_names(state: dict[str, Tensor], vit: Any) -> dict[str, Tensor]:
    """``state`` as timm names it, where it is recognised as somebody else's."""
    if is_from_transformers(state):
        return to_timm(state)
    if any(key in state for key in _AUTHORS_KEYS):
        family = eva if isinstance(vit, Eva) else vision_transformer
        renamed: dict[str, Tensor] = family.checkpoint_filter_fn(state, vit)
        return renamed
    return state


def misfits(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> tuple[str, ...]:
    """What keeps ``state`` from being ``expected``, a phrase for every tensor."""
    problems = [
        f"{key} is {tuple(state[key].shape)} instead of {tuple(tensor.shape)}"
        if key in state
        else f"{key} is missing"
        for key, tensor in expected.items()
        if key not in state or state[key].shape != tensor.shape
    ]
    unknown = [key for key in state if key not in expected and not _belongs_to_head(key)]
    return (*problems, *(f"{key} is unknown to it" for key in unknown))


def _belongs_to_head(key: str) -> bool:
    return key.startswith(("head.", "head_dist.", "fc_norm.", "pre_logits.", "attn_pool."))


def state_hash(state: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, shapes and numbers of a state dict, whatever file it came from."""
    digest = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key].detach().cpu().float().contiguous()
        digest.update(json.dumps([key, list(tensor.shape)]).encode())
        digest.update(tensor.numpy().data)
    return digest.hexdigest()


def _unreadable(path: Path) -> WeightsError:
    return WeightsError(
        f"{path.name} cannot be read as weights: it is damaged, or not a safetensors or PyTorch "
        "weights file.",
        "Copy or download it again.",
    )
