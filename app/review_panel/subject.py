"""What the project knows of the image on screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord, is_known
from fpt_core.dataset.verdict_table import Verdict


@dataclass(frozen=True, slots=True)
class Subject:
    """An image by its content, whether it is of the project or not."""

    path: Path
    image_hash: str
    image: ImageRecord | None
    """As the project has it."""
    others: tuple[ImageRecord, ...]
    """Of the same patient."""
    verdict: Verdict | None
    """What this reader said of it."""
    class_names: tuple[str, ...]

    @classmethod
    def find(cls, project: Project, path: Path, frame: int, reader: str) -> Subject:
        """Look an image up; reads its file.

        Raises:
            FptError: If the file or the project cannot be read.
        """
        from fpt_core.dataset.reading import content_hash  # brings the decoders
        from fpt_core.images.stack import source_of

        path, frame = source_of(path, frame)
        images = project.images(include_excluded=True)
        image = next((i for i in images if (i.path, i.frame) == (path, frame)), None)
        key = (
            content_hash(path, frame, project.recipe().volume_axis)
            if image is None
            else image.image_hash
        )
        if image is None:
            image = next((i for i in images if i.image_hash == key), None)
        others: tuple[ImageRecord, ...] = ()
        if image is not None and is_known(image.patient):
            others = tuple(i for i in images if i.patient == image.patient and i.id != image.id)
        said = [v for v in project.verdicts() if (v.image_hash, v.reader) == (key, reader)]
        return cls(path, key, image, others, said[0] if said else None, project.class_names)
