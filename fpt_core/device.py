"""Where torch computes."""

from __future__ import annotations

import torch

from fpt_core.errors import ConfigError


def resolve_device(name: str) -> torch.device:
    """The device called ``name``; ``auto`` takes the GPU where there is one that works.

    Raises:
        ConfigError: If the device is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "device must be auto or cpu here: no CUDA GPU can be used, so not 'cuda'.",
            "Leave out --device; `fpt doctor` says why the GPU is not used.",
        )
    if name not in ("cpu", "cuda"):
        raise ConfigError(f"device must be auto, cpu or cuda, not {name!r}.", "Leave out --device.")
    return torch.device(name)
