from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, RANDOM_BACKBONE, built_in_path
from fpt_core.errors import WeightsError
from fpt_core.events import Warned
from fpt_core.jobs.backbones import chosen_backbone
from fpt_core.jobs.requests import BackboneChoice
from fpt_core.models.backbone import FrozenBackbone

pytestmark = pytest.mark.usefixtures("no_weights")


def _chosen(choice: BackboneChoice) -> tuple[FrozenBackbone, list[Warned]]:
    warnings = []
    events = chosen_backbone(choice, 32)
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            return stop.value, warnings
        assert isinstance(event, Warned)
        warnings.append(event)


def test_without_other_weights_the_box_is_used() -> None:
    backbone, warnings = _chosen(BackboneChoice())
    assert (backbone.name, backbone.pretrained) == (BUILT_IN_BACKBONE, True)
    assert not warnings


@pytest.mark.parametrize("name", [None, BUILT_IN_BACKBONE])
def test_weights_that_cannot_be_used_are_told_and_the_next_are_tried(
    no_weights: Path, name: str | None
) -> None:
    cut = no_weights / f"{BUILT_IN_BACKBONE}.safetensors"
    cut.write_bytes(built_in_path().read_bytes()[:-1])

    backbone, (warning,) = _chosen(BackboneChoice(name))

    assert backbone.name == BUILT_IN_BACKBONE
    assert "damaged" in warning.message
    assert str(cut) in warning.message


def test_a_file_that_was_given_is_not_replaced_by_another(tmp_path: Path) -> None:
    given = tmp_path / f"{BUILT_IN_BACKBONE}.safetensors"
    given.write_bytes(b"")
    with pytest.raises(WeightsError, match="damaged"):
        _chosen(BackboneChoice(weights=given))


def test_random_weights_are_used_where_asked_for_and_never_else(no_box: Path) -> None:
    backbone, _ = _chosen(BackboneChoice(allow_random=True))
    assert (backbone.name, backbone.pretrained) == (RANDOM_BACKBONE, False)
    with pytest.raises(WeightsError, match="No pretrained weights"):
        _chosen(BackboneChoice())
