"""From a request's choice of backbone to the backbone itself."""

from __future__ import annotations

from collections.abc import Generator

from fpt_core.backbone_catalogue import RANDOM_BACKBONE, candidates, missing_weights_error
from fpt_core.errors import WeightsError
from fpt_core.events import Event, Warned
from fpt_core.jobs.requests import BackboneChoice
from fpt_core.models.backbone import FrozenBackbone, load_backbone


def chosen_backbone(
    choice: BackboneChoice, image_size: int
) -> Generator[Event, None, FrozenBackbone]:
    """The backbone of ``choice``: from the file given, or the best weights on this machine.

    Weights found on this machine that cannot be used are told in a ``Warned`` event, and
    the next are tried.

    Raises:
        WeightsError: If the file given cannot be used, or none were found that can be.
    """
    if choice.weights is not None:
        return load_backbone(choice.name or choice.weights.stem, choice.weights, image_size)
    if choice.allow_random:
        return load_backbone(choice.name or RANDOM_BACKBONE, None, image_size)
    for found in candidates(choice.name):
        try:
            return load_backbone(choice.name or found.name, found.path, image_size)
        except WeightsError as error:
            message = f"{error.message} {found.path} is passed over, the next weights are tried."
            yield Warned(message, error.remedy)
    raise missing_weights_error(choice.name)
