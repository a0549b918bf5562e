"""Several side networks over one frozen backbone, and a linear probe beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from fpt_core.config import FptConfig
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.fpt import FptModel
from fpt_core.models.stored_attention import stored_attention


class Members(nn.ModuleList):
    """Models of FPT+ of one shape that read the same tokens.

    Keys and values are read once for all of them: their prompts attend together.

    Shape:
        side images ``(B, 3, S, S)``, keys, values ``(L, B, H, m, d)``, scales ``(L, B, H, m)``
        -> logits ``(B, members, classes)``.
    """

    def __init__(self, models: Sequence[FptModel]) -> None:
        super().__init__(models)

    @property
    def models(self) -> list[FptModel]:
        """The members."""
        return [member for member in self if isinstance(member, FptModel)]

    @property
    def config(self) -> FptConfig:
        """The shape that all members have."""
        return self.models[0].config

    def forward(
        self,
        side_images: Tensor,
        keys: Tensor,
        values: Tensor,
        key_scales: Tensor | None = None,
        value_scales: Tensor | None = None,
    ) -> Tensor:
        """Logits of every member."""
        shape = (keys.shape[2], keys.shape[4])
        queries = [
            member.fusion.query().squeeze(1).unflatten(-1, shape).transpose(1, 2)
            for member in self.models
        ]
        context = stored_attention(torch.cat(queries, 2), keys, values, key_scales, value_scales)
        parts = context.split([query.shape[2] for query in queries], dim=3)
        logits = [
            member.side(side_images, member.fusion.fuse(part))
            for member, part in zip(self.models, parts, strict=True)
        ]
        return torch.stack(logits, 1)


class EnsembleModel(nn.Module):
    """The recommended method's model: the members' mean logits and a probe's, added up.

    Args:
        members: Side networks.
        num_summaries: Vectors of an image that the probe reads.
        embed_dim: Width of each.
        num_classes: Classes.

    Shape:
        what ``Members`` reads, and summaries ``(B, n, C)`` -> logits ``(B, classes)``.
    """

    side_weight: Tensor

    def __init__(
        self, members: Members, num_summaries: int, embed_dim: int, num_classes: int
    ) -> None:
        super().__init__()
        self.members = members
        self.probe = LinearProbe(num_summaries * embed_dim, num_classes)
        self.register_buffer("side_weight", torch.ones(()))

    @classmethod
    def holding(
        cls, state: Mapping[str, Tensor], config: FptConfig, backbone: FrozenBackbone
    ) -> EnsembleModel:
        """A model of the shape that ``state`` was taken from, with fresh weights."""
        num_classes, width = state["probe.linear.weight"].shape
        number = len({key.split(".")[1] for key in state if key.startswith("members.")})
        members = [FptModel.for_backbone(config, backbone, num_classes) for _ in range(number)]
        return cls(Members(members), width // backbone.embed_dim, backbone.embed_dim, num_classes)

    def forward(
        self,
        side_images: Tensor,
        keys: Tensor,
        values: Tensor,
        key_scales: Tensor | None,
        value_scales: Tensor | None,
        summaries: Tensor,
    ) -> Tensor:
        """Logits of images."""
        of_members = self.members(side_images, keys, values, key_scales, value_scales)
        return self.joined(of_members.mean(1), summaries)

    def joined(self, side_logits: Tensor, summaries: Tensor) -> Tensor:
        """Logits from the members' mean logits and the summaries.

        Shape:
            ``(B, classes)`` and ``(B, n, C)`` -> ``(B, classes)``.
        """
        probed: Tensor = self.probe(summaries.flatten(1))
        joint: Tensor = self.side_weight * side_logits + probed
        return joint
