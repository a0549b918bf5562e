"""The images among what was given: files, and all below folders and in archives."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fpt_core.dataset.importers.headers import read_headers, stacks
from fpt_core.dataset.importers.tree import Tree, walk
from fpt_core.dataset.records import SkippedFile
from fpt_core.errors import DatasetError, FptError
from fpt_core.events import Progress
from fpt_core.images import archive, is_dicom, is_image_file
from fpt_core.images.stack import write_stack

_HASH_DIGITS = 16


@dataclass(slots=True)
class FoundImages:
    """What is to be answered, and what is not, in the order in which it was given."""

    images: list[tuple[Path, str]] = field(default_factory=list)
    """Paths, which may lead through archives, and names relative to what was given."""
    left_out: list[SkippedFile] = field(default_factory=list)
    """Files that are no images, with the reason; tables, which nobody takes for one, are not."""
    dicom: set[Path] = field(default_factory=set)
    """Those of the images that are DICOM files."""


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
            if is_dicom(path):
                found.dicom.add(path)
        else:
            raise FptError(f"{path} does not exist.", "Check the name, or whether it was moved.")
    return found


def as_series(found: FoundImages, folder: Path) -> Generator[Progress, None, FoundImages]:
    """The same images, with the slices of each DICOM series as one of several frames.

    Slices are told as an import tells them, and are in the order of their positions.

    Args:
        found: Of which each file is one image.
        folder: Where a list is written for each series; see ``fpt_core.images.stack``.
    """
    places = [str(path) for path, _ in found.images if path in found.dicom]
    headers = yield from read_headers(Tree(Path(), dicom={*places}), places)
    names = {str(path): name for path, name in found.images}
    order = {place: number for number, place in enumerate(names)}
    series = [*stacks(headers.tags).values()]
    titles = _titles([[names[place] for place in slices] for slices in series])
    beginnings: dict[str, tuple[Path, str]] = {}
    members: set[str] = set()
    for slices, title in zip(series, titles, strict=True):
        path = _stack_path(folder, slices, title)
        write_stack(path, [Path(place) for place in slices])
        beginnings[min(slices, key=order.__getitem__)] = (path, title)
        members.update(slices)
    images = []
    for path, name in found.images:
        if str(path) in beginnings:
            images.append(beginnings[str(path)])
        elif str(path) not in members:
            images.append((path, name))
    return FoundImages(images, found.left_out)


def _titles(series: Iterable[Sequence[str]]) -> list[str]:
    """What each series is called: by the folder that its slices share, and their number."""
    titles = []
    told: Counter[str] = Counter()
    for names in series:
        folders = {str(PurePosixPath(name).parent) for name in names}
        folder = folders.pop() if len(folders) == 1 else "."
        title = f"{'Series' if folder == '.' else folder}, {len(names)} slices"
        told[title] += 1
        titles.append(title if told[title] == 1 else f"{title} ({told[title]})")
    return titles


def _stack_path(folder: Path, slices: Sequence[str], title: str) -> Path:
    """The same for the same slices, so that nothing is listed twice."""
    key = hashlib.sha256("\0".join(slices).encode()).hexdigest()[:_HASH_DIGITS]
    return folder / key / PurePosixPath(title).name


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
    found.dicom.update(tree.path(place) for place in tree.dicom)
