"""How much memory is in use, and the refusal of a limit that cannot be kept."""

from __future__ import annotations

import psutil
import torch

from fpt_core.errors import ConfigError

MB = 10**6


def used_bytes(device: torch.device) -> int:
    """Memory allocated on the GPU in use, otherwise this process's resident memory."""
    if device.type == "cuda":
        return int(torch.cuda.memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def limit_error(limit_bytes: int, needed_bytes: int, what: str) -> ConfigError:
    """The refusal of a memory limit, with the least one that can be kept."""
    least = -(-needed_bytes // MB)
    return ConfigError(
        f"The memory limit must be at least {least} MB here, not {limit_bytes // MB} MB: {what} "
        "needs that much for one image at a time.",
        f"Give at least {least} MB, or choose a smaller backbone or image size.",
    )
