"""What an import has read so far: kept beside the images until the import ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fpt_core.errors import translate_os_error

FILE = "readings.jsonl"


class KeptReadings:
    """A file in the project folder to which an import only adds, a line at a time.

    A line that a kill or a power cut has torn is not taken, and what it held is read again.
    So nothing is fsynced: for thousands of small files that would take longer than it saves.

    Args:
        project: The project folder.
    """

    def __init__(self, project: Path) -> None:
        self._path = project / FILE

    @property
    def is_there(self) -> bool:
        """Whether an import that did not end has left something."""
        return self._path.is_file()

    def load(self) -> dict[str, Any]:
        """What was kept, by its key.

        Raises:
            FptError: If the file cannot be read.
        """
        kept: dict[str, Any] = {}
        try:
            lines = self._path.read_bytes().splitlines() if self.is_there else []
        except OSError as error:
            raise translate_os_error(error, self._path) from error
        for line in lines:
            try:
                kept.update((key, value) for key, value in json.loads(line))
            except (ValueError, TypeError):
                continue
        return kept

    def keep(self, readings: Sequence[tuple[str, Any]]) -> None:
        """Add what was read, each with a key that names nobody.

        Raises:
            FptError: If it cannot be written.
        """
        # The line before may be torn, and without an end.
        line = f"\n{json.dumps(readings)}" if readings else ""
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(line)
        except OSError as error:
            raise translate_os_error(error, self._path) from error

    def forget(self) -> None:
        """The import has ended."""
        self._path.unlink(missing_ok=True)
