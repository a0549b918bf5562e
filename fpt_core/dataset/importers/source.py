"""From a source as people have it to labelled files: the door that the import job uses."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.folder import list_folder
from fpt_core.dataset.importers.listing import Listing
from fpt_core.dataset.importers.table import TABLE_SUFFIXES, choose_columns, list_table, read_table
from fpt_core.errors import DatasetError
from fpt_core.events import Event


def list_source(
    source: Path,
    labels: Path | None = None,
    columns: ColumnChoice | None = None,
    label_tag: str | None = None,
    patient_pattern: str | None = None,
) -> Generator[Event, None, Listing]:
    """All files of a source with their labels; the rest with the reason why it is left out.

    Yields ``Progress`` and ``Warned``; returns the listing (``listing = yield from ...``).

    Raises:
        DatasetError: If the source gives no labelled files at all.
    """
    yield from ()
    columns = columns or ColumnChoice()
    if not source.exists():
        raise DatasetError(f"{source} does not exist.", "Check the path.")
    if labels is None and source.is_file():
        if source.suffix.lower() not in TABLE_SUFFIXES:
            raise DatasetError(
                f"{source.name} is neither a folder nor a table (CSV or TSV).",
                "Choose a folder with one sub-folder per class, or a table of files and labels.",
            )
        labels, source = source, source.parent
    if labels is None:
        return list_folder(source)
    table = read_table(labels)
    chosen = choose_columns(table, columns.key, columns.label, columns.patient, columns.split)
    return list_table(table, chosen, source)
