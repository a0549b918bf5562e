from __future__ import annotations

import torch

from fpt_core.memory_limit import used_bytes
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.training.memory import full_finetuning_bytes, state_to_cpu


def test_this_process_uses_memory() -> None:
    assert used_bytes(torch.device("cpu")) > 10 * 2**20


def test_fine_tuning_needs_four_copies_of_the_weights_and_activations_per_image(
    backbone: FrozenBackbone,
) -> None:
    weights = sum(parameter.numel() for parameter in backbone.parameters())
    one, two = (full_finetuning_bytes(backbone, batch) for batch in (1, 2))
    assert one - (two - one) == 16 * weights


def test_a_copied_state_does_not_follow_its_module() -> None:
    module = torch.nn.Linear(2, 2)
    state = state_to_cpu(module)
    before = state["weight"].clone()
    module.weight.data += 1
    assert torch.equal(state["weight"], before)
