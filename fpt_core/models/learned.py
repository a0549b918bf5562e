"""What training changes of a module: the one thing that is counted, kept and loaded."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn


def num_parameters(module: nn.Module) -> int:
    """Learnable parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def learned_state(module: nn.Module) -> dict[str, Tensor]:
    """A copy on the CPU, which later steps do not change, of all but frozen parameters."""
    frozen = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    return {
        key: tensor.detach().cpu().clone()
        for key, tensor in module.state_dict().items()
        if key not in frozen
    }


def load_learned(module: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Put ``state`` into ``module``; its frozen parameters stay.

    Raises:
        RuntimeError: If it is not what ``learned_state`` gives of such a module.
    """
    frozen = {name for name, parameter in module.named_parameters() if not parameter.requires_grad}
    expected = set(module.state_dict()) - frozen
    if expected != set(state):
        raise RuntimeError(f"{sorted(expected ^ set(state))[:4]} are missing or not learned")
    module.load_state_dict(dict(state), strict=False)
