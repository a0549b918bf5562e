"""Fine-grained prompt tuning of image classifiers, without a window.

The verbs of the command line, each a generator of events, are documented in
``fpt_core.verbs``; ``load_model`` gives a model to call from a program of one's own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fpt_core.version import __version__

if TYPE_CHECKING:
    from fpt_core.config import TrainingConfig
    from fpt_core.jobs.requests import BackboneChoice
    from fpt_core.predictor import load_model
    from fpt_core.verbs import (
        audit,
        compare,
        estimate,
        evaluate,
        export,
        import_images,
        predict,
        prepare,
        result,
        train,
    )

__all__ = [
    "BackboneChoice",
    "TrainingConfig",
    "__version__",
    "audit",
    "compare",
    "estimate",
    "evaluate",
    "export",
    "import_images",
    "load_model",
    "predict",
    "prepare",
    "result",
    "train",
]

_ELSEWHERE = {
    "BackboneChoice": "fpt_core.jobs.requests",
    "TrainingConfig": "fpt_core.config",
    "load_model": "fpt_core.predictor",
}


def __getattr__(name: str) -> Any:
    # Deferred, so that the torch-free half stays quick to import.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "fpt_core.verbs")), name)
