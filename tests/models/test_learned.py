from __future__ import annotations

import pytest
import torch
from torch import nn

from fpt_core.models.learned import learned_state, load_learned, num_parameters


def _module() -> nn.Module:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    module[0].requires_grad_(False)
    return module


def test_frozen_parameters_are_neither_counted_nor_kept() -> None:
    module = _module()
    assert num_parameters(module) == 2 * 3 + 3 + 1
    names = set(module.state_dict()) - {"0.weight", "0.bias"}
    assert set(learned_state(module)) == names
    assert "1.running_mean" in names, "what is no parameter is kept"


def test_a_copied_state_does_not_follow_its_module() -> None:
    module = _module()
    state = learned_state(module)
    before = state["2.weight"].clone()
    module[2].weight.data += 1
    assert torch.equal(state["2.weight"], before)


def test_comes_back_without_touching_what_is_frozen() -> None:
    module, state = _module(), learned_state(_module())
    frozen = module[0].weight.clone()
    module[2].weight.data += 1
    load_learned(module, state)
    assert torch.equal(module[2].weight, state["2.weight"])
    assert torch.equal(module[0].weight, frozen)


@pytest.mark.parametrize("change", ["missing", "more"])
def test_another_state_is_refused(change: str) -> None:
    state = learned_state(_module())
    if change == "missing":
        del state["2.bias"]
    else:
        state["0.weight"] = torch.zeros(3, 2)
    with pytest.raises(RuntimeError, match="missing or not learned"):
        load_learned(_module(), state)
