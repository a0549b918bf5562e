"""The images among what was given: files, and all below folders and in archives."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fpt_core.dataset.importers.tree import walk
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError, FptError
from fpt_core.events import Progress
from fpt_core.images import archive, is_image_file


@dataclass(slots=True)
class FoundImages:
    """What is to be answered, and what is not, in the order in which it was given."""

    images: list[tuple[Path, str]] = field(default_factory=list)
    """Paths, which may lead through archives, and names relative to what was given."""
    left_out: list[SkippedFile] = field(default_factory=list)
    """Files that are no images, with the reason; tables, which nobody takes for one, are not."""


def find_images(
    paths: Sequence[Path], most: int | None = None
) -> Generator[Progress, None, FoundImages]:
    """List the images among files, folders and archives.

    Args:
        paths: Files, folders, and ZIP or NumPy archives.
        most: Where to end in each folder; ``None``: at its last file.

    Raises:
        FptError: If one does not exist.
    """
    found = FoundImages()
    for path in paths:
        if path.is_dir() or archive.is_archive(path):
            yield from _look_below(path, found, most)
        elif path.exists() or is_image_file(path):  # perhaps in an archive
            found.images.append((path, path.name))
        else:
            raise FptError(f"{path} does not exist.", "Check the name, or whether it was moved.")
    return found


def _look_below(
    root: Path, found: FoundImages, most: int | None
) -> Generator[Progress, None, None]:
    try:
        tree = yield from walk(root, most)
    except DatasetError as error:
        found.left_out.append(SkippedFile(str(root), str(error)))
        return
    found.images += [(tree.path(place), f"{root.name}/{place}") for place in tree.images]
    found.left_out += tree.skipped
