"""Which file names of a source may be written down, and below which folder they are kept."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.identifiers import Identifiers
from fpt_core.dataset.records import SkippedFile

_WITHHELD = "(a name that holds an identifier)"


class PrivateNames:
    """File names of one source that hold an identifier.

    Args:
        identifiers: Whom the data set is of.
        source: The folder that is imported.
    """

    def __init__(self, identifiers: Identifiers, source: Path) -> None:
        self._identifiers = identifiers
        self.root = _nameless(source, identifiers)
        """The source, or the folder above it whose own path names nobody."""

    def hides(self, path: Path) -> bool:
        """Whether the path may be neither kept nor told."""
        if not self._identifiers:
            return False
        return self._identifiers.is_in(path.as_posix().removeprefix(f"{self.root.as_posix()}/"))

    def name_of(self, path: Path) -> str:
        """The file's name for messages."""
        return _WITHHELD if self.hides(path) else path.name

    def without_name(self, file: SkippedFile) -> SkippedFile:
        """A file that was left out, with a reason that names nobody."""
        path = Path(file.path)
        if not self.hides(path):
            return file
        reason = file.reason.replace(path.name, "The file").replace(str(path.parent), "its folder")
        if self._identifiers.is_inside(reason):
            reason = "It cannot be used. What is wrong cannot be said without naming the patient."
        return SkippedFile(file.path, reason)

    def told(self, file: SkippedFile) -> SkippedFile:
        """The same for a message, which names the folder alone."""
        if not self.hides(Path(file.path)):
            return file
        return SkippedFile(str(self.root / _WITHHELD), self.without_name(file).reason)


def _nameless(source: Path, identifiers: Identifiers) -> Path:
    """The longest beginning of a path in which no folder is named after a person."""
    for folder in (*reversed(source.parents), source):
        if identifiers.is_inside(folder.name):
            return folder.parent
    return source
