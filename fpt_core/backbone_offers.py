"""Backbones that can be downloaded, and all of them in one list; torch is not needed."""

from __future__ import annotations

from dataclasses import dataclass

from fpt_core.backbone_catalogue import FoundWeights, built_in_refusal, find_weights
from fpt_core.config import DEFAULT_BACKBONE
from fpt_core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class BackboneOffer:
    """Weights that timm's authors publish on the Hugging Face hub."""

    name: str
    """timm's name, with the pretraining tag."""
    megabytes: int
    """Size of the file, as its tensors add up to."""
    licence: str
    good_for: str
    """In a sentence for clinicians."""

    @property
    def repository(self) -> str:
        """On the hub."""
        return f"timm/{self.name}"


OFFERS = (
    BackboneOffer(
        DEFAULT_BACKBONE,
        347,
        "apache-2.0",
        "Recommended: the one that the method was published with; photographs and radiographs.",
    ),
    BackboneOffer(
        "vit_small_patch16_384.augreg_in21k_ft_in1k",
        89,
        "apache-2.0",
        "A quarter of the recommended one's size: a computer without a graphics card.",
    ),
    BackboneOffer(
        "vit_tiny_patch16_384.augreg_in21k_ft_in1k",
        23,
        "apache-2.0",
        "The smallest: first trials in minutes.",
    ),
    BackboneOffer(
        "vit_base_patch14_reg4_dinov2.lvd142m",
        346,
        "apache-2.0",
        "Learned without labels; often better for fine detail. Image sizes are multiples of 14, "
        "such as 518.",
    ),
    BackboneOffer(
        "vit_small_patch14_reg4_dinov2.lvd142m",
        88,
        "apache-2.0",
        "The same, small: a computer without a graphics card.",
    ),
    BackboneOffer(
        "vit_base_patch16_siglip_512.v2_webli",
        374,
        "apache-2.0",
        "Learned from captions, at 512 px from the start. It has no class token.",
    ),
    BackboneOffer(
        "eva02_base_patch14_448.mim_in22k_ft_in22k_in1k",
        348,
        "mit",
        "Learned by filling in hidden parts, at 448 px; slower. Image sizes are multiples of 14.",
    ),
    BackboneOffer(
        "vit_base_patch16_dinov3.lvd1689m",
        343,
        "dinov3-license",
        "Learned without labels from the most images. Its licence has conditions: read it first.",
    ),
    BackboneOffer(
        "vit_small_patch16_dinov3.lvd1689m",
        86,
        "dinov3-license",
        "The same, small. Its licence has conditions: read it first.",
    ),
)
"""What can be downloaded, the most recommended first."""


@dataclass(frozen=True, slots=True)
class BackboneList:
    """Every backbone that there is to choose from."""

    here: tuple[FoundWeights, ...]
    """On this machine, the best choice first."""
    offered: tuple[BackboneOffer, ...]
    """Not on this machine."""
    refused: str
    """Why the backbone in the box is not among them; empty where it is sound."""


def list_backbones() -> BackboneList:
    """What is on this machine, and what could be downloaded; the network is not touched."""
    here = find_weights()
    names = {weights.name for weights in here}
    offered = tuple(offer for offer in OFFERS if offer.name not in names)
    return BackboneList(here, offered, built_in_refusal())


def offer_called(name: str) -> BackboneOffer:
    """The offer of that name.

    Raises:
        ConfigError: If there is none.
    """
    for offer in OFFERS:
        if offer.name == name:
            return offer
    raise ConfigError(
        f"No backbone called {name!r} is offered for download.",
        f"Choose one of {', '.join(offer.name for offer in OFFERS)}; others can be added as files.",
    )
