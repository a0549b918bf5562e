"""The network of each method."""

from __future__ import annotations

from fpt_core.config import FptConfig, ProbeFeatures
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.attentive_probe import AttentiveProbe
from fpt_core.models.baselines.fine_tuning import FineTunedBackbone
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.baselines.lora import LoraBackbone
from fpt_core.models.ensemble import EnsembleModel
from fpt_core.models.fpt import FptModel

Network = FptModel | EnsembleModel | LinearProbe | AttentiveProbe | FineTunedBackbone


def build_network(
    method: str,
    config: FptConfig | None,
    backbone: FrozenBackbone,
    num_classes: int,
    features: ProbeFeatures = "both",
) -> Network:
    """What ``method`` trains, with fresh weights.

    Args:
        method: One of ``fpt_core.config.METHODS``.
        config: The shape of FPT and FPT+.
        backbone: What it reads; ``lora`` and ``full`` take its ViT over.
        num_classes: Classes.
        features: What a linear probe reads.

    Raises:
        ConfigError: If the backbone does not have what is asked of it.
    """
    match method:
        case "linear-probe":
            width = backbone.num_pooled(features)
            return LinearProbe(width, num_classes)
        case "attentive-probe":
            return AttentiveProbe(backbone.embed_dim, backbone.num_heads, num_classes)
        case "lora":
            return LoraBackbone(backbone, num_classes)
        case "full":
            return FineTunedBackbone(backbone, num_classes)
    assert config is not None, "FPT and FPT+ have a shape"
    return FptModel.for_backbone(config, backbone, num_classes)
