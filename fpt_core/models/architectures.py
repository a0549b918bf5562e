"""Which architecture the tensors of a weights file are of."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from fpt_core.models.backbone import bare_vit
from fpt_core.models.weights import misfits, under_timm_names

_WIDTHS = {"tiny": 192, "small": 384, "base": 768, "large": 1024}
_FAMILIES = (
    "vit_{size}_patch16_224",
    "vit_{size}_patch16_384",
    "vit_{size}_patch8_224",
    "vit_{size}_patch32_224",
    "vit_{size}_patch32_384",
    "vit_{size}_patch14_dinov2",
    "vit_{size}_patch14_reg4_dinov2",
    "vit_{size}_patch16_dinov3",
    "vit_{size}_patch16_clip_224",
    "vit_{size}_patch16_clip_384",
    "vit_{size}_patch32_clip_224",
    "vit_{size}_patch14_clip_224",
    "vit_{size}_patch14_clip_336",
    "vit_{size}_patch16_siglip_224",
    "vit_{size}_patch16_siglip_256",
    "vit_{size}_patch16_siglip_384",
    "vit_{size}_patch16_siglip_512",
    "eva02_{size}_patch14_224",
    "eva02_{size}_patch14_336",
    "eva02_{size}_patch14_448",
)
"""The usual ones; those that a width does not have are passed over."""


def fitting_architectures(state: dict[str, Tensor]) -> tuple[str, ...]:
    """The usual architectures whose tensors these are, under whatever names."""
    return tuple(name for name in _candidates(state) if _fits(name, state))


def _candidates(state: dict[str, Tensor]) -> Iterator[str]:
    """Those of the file's width, which some tensor of every such file has."""
    from fpt_core.models.timm_import import timm

    lengths = {length for tensor in state.values() for length in tensor.shape}
    for size, width in _WIDTHS.items():
        if width in lengths:
            for family in _FAMILIES:
                if timm.is_model(name := family.format(size=size)):
                    yield name


def _fits(name: str, state: dict[str, Tensor]) -> bool:
    with torch.device("meta"):
        vit = bare_vit(name)
    try:
        renamed = under_timm_names(state, vit)
    except (KeyError, RuntimeError):
        return False  # published by the authors of something else
    return not misfits(renamed, vit.state_dict())
