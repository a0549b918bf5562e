from __future__ import annotations

import re

import pytest
import torch

from fpt_core.errors import ConfigError
from fpt_core.memory_limit import used_bytes
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.training.data import StoreReader
from fpt_core.training.loop import TrainingData
from fpt_core.training.memory import full_finetuning_bytes, images_at_once
from tests.training.trainers import MakeTrainer


def test_this_process_uses_memory() -> None:
    assert used_bytes(torch.device("cpu")) > 10 * 2**20


def test_a_limit_that_cannot_be_kept_is_refused_with_one_that_can(
    data: TrainingData, make_trainer: MakeTrainer
) -> None:
    model, cpu = make_trainer("a").model, torch.device("cpu")
    assert isinstance(data.reader, StoreReader)
    assert isinstance(model, FptModel)
    spec = data.reader.spec
    with pytest.raises(ConfigError, match=r"must be at least (\d+) MB here, not 10 MB") as refused:
        images_at_once(model, spec, 4, cpu, 10**7)
    least = int(re.findall(r"\d+", refused.value.message)[0])
    assert images_at_once(model, spec, 4, cpu, (least + 200) * 10**6) == 4


def test_fine_tuning_needs_four_copies_of_the_weights_and_activations_per_image(
    backbone: FrozenBackbone,
) -> None:
    weights = sum(parameter.numel() for parameter in backbone.parameters())
    one, two = (full_finetuning_bytes(backbone, batch) for batch in (1, 2))
    assert one - (two - one) == 16 * weights
