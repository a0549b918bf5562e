"""The project folder: images, labels, patients, splits and runs in one SQLite file.

Paths are kept relative to the project where they can be, so that project and data
can move together. Patients are kept as salted hashes, and so are file names that
would name one.
"""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path

from fpt_core.config import PixelRecipe, to_dict
from fpt_core.dataset.database import DATABASE, SCHEMA, SCHEMA_VERSION, UPGRADES
from fpt_core.dataset.edit_table import EditTable
from fpt_core.dataset.image_table import ImageTable
from fpt_core.dataset.project_tables import now
from fpt_core.dataset.queue_table import QueueTable
from fpt_core.dataset.run_table import RUNS, RunTable
from fpt_core.dataset.statement_table import StatementTable
from fpt_core.dataset.verdict_table import VerdictTable
from fpt_core.errors import ProjectError, translate_os_error
from fpt_core.images.kind import VOLUME_FORMATS

SUFFIX = ".fptproject"


class Project(ImageTable, EditTable, RunTable, QueueTable, StatementTable, VerdictTable):
    """A project folder; each kind of thing that it keeps is a table of its own file.

    Args:
        path: The folder ``NAME.fptproject``; use ``open`` or ``create``.
        read_only: Refuse changes: another window makes them.
    """

    def __init__(self, path: Path, read_only: bool = False) -> None:
        super().__init__(path, read_only)
        self.features_dir = path / "features"
        self.runs_dir = path / RUNS

    @classmethod
    def create(cls, path: Path) -> Project:
        """A new, empty project; the suffix is added where it is missing.

        Raises:
            ProjectError: If there is something at that place already.
        """
        path = _with_suffix(path).resolve()
        if path.exists():
            raise ProjectError(f"{path} exists already.", "Open it, or choose another name.")
        project = cls(path)
        try:
            project._make()
        except OSError as error:
            shutil.rmtree(path, ignore_errors=True)
            raise translate_os_error(error, path) from error
        except ProjectError:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return project

    def _make(self) -> None:
        self.runs_dir.mkdir(parents=True)
        self.features_dir.mkdir()
        (self.path / DATABASE).touch()
        with self._database.transaction() as database:
            database.executescript(SCHEMA)
            database.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [("schema_version", str(SCHEMA_VERSION)), ("salt", secrets.token_hex(32))],
            )

    @classmethod
    def exists(cls, path: Path) -> bool:
        """Whether there is a project at ``path``."""
        return any((place / DATABASE).is_file() for place in (path, _with_suffix(path)))

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> Project:
        """The project at ``path``; one of an earlier version is brought up to date.

        Raises:
            ProjectError: If there is none, or it is damaged or of another version.
        """
        path = path if path.is_dir() else _with_suffix(path)
        if not (path / DATABASE).is_file():
            raise ProjectError(
                f"There is no project at {path}.", "Check the path, or make one with `fpt new`."
            )
        project = cls(path.resolve(), read_only)
        try:
            found = int(project._meta("schema_version") or "")
        except ValueError as error:
            raise project._database.damaged() from error
        if found in UPGRADES:
            found = project._upgrade()
        if found > SCHEMA_VERSION:
            raise ProjectError(
                f"The project {path.name} was made by a newer version (format {found}).",
                "Update FPT Studio.",
            )
        if found < SCHEMA_VERSION:
            raise ProjectError(
                f"The project {path.name} was made by a trial version (format {found}).",
                "Import its images into a new project.",
            )
        return project

    def _upgrade(self) -> int:
        """Bring the tables to today's version, all or nothing, and return it."""
        with self._database.transaction() as database:
            # Another process may have been quicker.
            query = "SELECT value FROM meta WHERE key = 'schema_version'"
            found = int(database.execute(query).fetchone()["value"])
            while found in UPGRADES:
                for statement in UPGRADES[found]:
                    database.execute(statement)
                found += 1
            database.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (found,))
        return found

    def recipe(self) -> PixelRecipe:
        """How the pixels of this data set become what a model sees."""
        kept = self.kept("recipe")
        return PixelRecipe() if kept is None else PixelRecipe.from_dict(json.loads(kept))

    def set_recipe(self, recipe: PixelRecipe) -> None:
        """Use ``recipe`` from the next run on.

        Raises:
            ProjectError: If it cuts volumes otherwise than they were imported.
        """
        axis = self.recipe().volume_axis
        if recipe.volume_axis != axis and self._holds_volumes():
            raise ProjectError(
                f"{self.path.name} holds {axis} slices of volumes; {recipe.volume_axis} ones would "
                "be other images than those that have labels.",
                "Make a new project, set its recipe, and import the volumes into it.",
            )
        self.keep("recipe", json.dumps(to_dict(recipe)))

    def _holds_volumes(self) -> bool:
        formats = set(VOLUME_FORMATS.values())
        return any(facts.format in formats for facts in self.facts().values())

    def kept(self, key: str) -> str | None:
        """The text that was kept under ``key``; ``None`` where there is none."""
        return self._meta(key)

    def keep(self, key: str, text: str) -> None:
        """Keep ``text`` under ``key``, in place of what was there."""
        with self._database.transaction() as database:
            database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, text))

    def record_test_look(self, what: str) -> None:
        """Count that somebody looked at results on the test split."""
        with self._database.transaction() as database:
            database.execute("INSERT INTO test_looks VALUES (?, ?)", (now(), what))

    def test_looks(self) -> list[tuple[str, str]]:
        """When the test split was looked at, and what for."""
        with self._database.connected() as database:
            rows = database.execute("SELECT created, what FROM test_looks ORDER BY rowid")
            return [(row["created"], row["what"]) for row in rows]


def _with_suffix(path: Path) -> Path:
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
