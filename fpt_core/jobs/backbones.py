"""From a request's choice of backbone to the backbone itself."""

from __future__ import annotations

from pathlib import Path

from fpt_core.backbone_catalogue import RANDOM_BACKBONE, choose, missing_weights_error
from fpt_core.jobs.requests import BackboneChoice
from fpt_core.models.backbone import FrozenBackbone, load_backbone


def chosen_backbone(choice: BackboneChoice, image_size: int) -> FrozenBackbone:
    """The backbone of ``choice``: from the file given, or the best weights on this machine.

    Raises:
        WeightsError: If no weights are found and random ones are not allowed.
    """
    name, weights = _resolve(choice)
    return load_backbone(name, weights, image_size)


def _resolve(choice: BackboneChoice) -> tuple[str, Path | None]:
    if choice.weights is not None:
        return choice.name or choice.weights.stem, choice.weights
    found = choose(choice.name)
    if found is not None:
        return choice.name or found.name, found.path
    if choice.allow_random:
        return choice.name or RANDOM_BACKBONE, None
    raise missing_weights_error(choice.name)
