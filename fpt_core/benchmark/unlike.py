"""How often a model says of images that they do not look like its training images."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from fpt_core.dataset.project import Project
from fpt_core.errors import BundleError, DatasetError
from fpt_core.events import Event, Finished, Predicted, Progress
from fpt_core.jobs.predict import predict
from fpt_core.jobs.requests import PredictRequest


def unlike(model: Path, project: Path, others: Sequence[Path]) -> Generator[Event, None, None]:
    """Answer the project's own test images, and those of other folders, and count the flags.

    Raises:
        BundleError: If the model cannot tell.
        DatasetError: If the project has no test images.
    """
    own = tuple(dict.fromkeys(image.path for image in Project.open(project).examples("test")))
    if not own:
        raise DatasetError(f"{project} has no test images.", "Choose the model's own project.")
    groups = {"own test images": own, **{str(other): (other,) for other in others}}
    result: dict[str, dict[str, Any]] = {}
    for name, paths in groups.items():
        flags: list[bool] = []
        for event in predict(PredictRequest(model, paths, explain=False)):
            if isinstance(event, Predicted):
                if event.distance is None:
                    raise BundleError(
                        f"{model.name} keeps no summary of its training images.",
                        "Train again: with a frozen backbone, on at least 10 patients.",
                    )
                flags.append(event.is_unlike)
            elif isinstance(event, Progress):
                yield event
        result[name] = {"images": len(flags), "flagged": sum(flags)}
    yield Finished({"model": str(model), "groups": result})


def print_unlike(result: dict[str, Any]) -> None:
    """A line for each group."""
    for name, found in result["groups"].items():
        share = found["flagged"] / found["images"] if found["images"] else 0.0
        print(f"{name:<40} {found['flagged']:>5} of {found['images']:>5} flagged ({share:.1%})")
