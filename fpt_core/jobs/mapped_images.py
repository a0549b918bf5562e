"""Images of a project under a model's names of the classes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import DatasetError
from fpt_core.events import ClassesDiffer, Event
from fpt_core.jobs.requests import LEFT_OUT, EvaluateRequest

ALL = "all"


@dataclass(frozen=True, slots=True)
class MappedImages:
    """What can be measured, and what cannot."""

    images: tuple[ImageRecord, ...]
    left_out: Mapping[str, int]
    """Images by the project's class, of classes that the model does not know."""

    @property
    def notes(self) -> list[str]:
        """What is left out, in words."""
        return [
            f"{count} images of class {name!r} are left out, as asked: the model does not know it."
            for name, count in self.left_out.items()
        ]


def mapped_images(
    project: Project, request: EvaluateRequest, known: Sequence[str], split: str
) -> Generator[Event, None, MappedImages]:
    """The images of a split, renamed by ``request.class_map``.

    Args:
        project: Whose images they are.
        request: Says how classes are mapped.
        known: The model's classes.
        split: train, val, test or all.

    Raises:
        DatasetError: If the split is empty, or classes differ and are not mapped.
    """
    images = project.examples(None if split == ALL else split)
    if not images:
        raise DatasetError(
            f"The split {split!r} of {project.path.name} holds no images.",
            "Choose train, val, test or all, or import a data set.",
        )
    name_of = {name: name for name in known} | dict(request.class_map)
    wrong = sorted(set(name_of.values()) - {*known, LEFT_OUT})
    unknown = sorted({image.class_name for image in images} - set(name_of))
    if unknown:
        yield ClassesDiffer(tuple(unknown), tuple(known))
    if wrong or unknown:
        raise _differ(unknown, wrong, request, known)
    used = [image for image in images if name_of[image.class_name] != LEFT_OUT]
    if not used:
        raise DatasetError(
            f"Every image of the split {split!r} is left out.", "Map at least one class."
        )
    left_out = Counter(image.class_name for image in images) - Counter(
        image.class_name for image in used
    )
    renamed = [dataclasses.replace(i, class_name=name_of[i.class_name]) for i in used]
    return MappedImages(tuple(renamed), dict(sorted(left_out.items())))


def _differ(
    unknown: Sequence[str], wrong: Sequence[str], request: EvaluateRequest, known: Sequence[str]
) -> DatasetError:
    asked = [*unknown, *(name for name, mine in request.class_map if mine in wrong)]
    maps = " ".join(f"--map '{name}={known[0]}'" for name in asked)
    return DatasetError(
        "The project has classes that the model does not know: "
        f"{', '.join(unknown or wrong)}. The model knows {', '.join(known)}.",
        f"Say which one each is, such as {maps}; --map '{asked[0]}={LEFT_OUT}' leaves its images "
        "out.",
    )
