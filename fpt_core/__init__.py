"""Fine-grained prompt tuning of image classifiers, without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fpt_core.version import __version__

if TYPE_CHECKING:
    from fpt_core.predictor import load_model

__all__ = ["__version__", "load_model"]


def __getattr__(name: str) -> Any:
    # Deferred, so that the torch-free half stays quick to import.
    if name == "load_model":
        from fpt_core.predictor import load_model

        return load_model
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
