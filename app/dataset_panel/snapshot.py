"""A project's images, edits and findings, as they were when they were read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.dataset_panel.catalogue import Catalogue
from fpt_core.config import PixelRecipe
from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.report import AuditReport, is_stale, kept_report
from fpt_core.dataset.edit_table import Edit
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SkippedFile
from fpt_core.dataset.root_table import Root
from fpt_core.evaluation.doubtful_labels import as_finding, kept_doubtful_labels


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project as it was when it was read."""

    project: Project
    catalogue: Catalogue
    left_out: tuple[SkippedFile, ...]
    edits: tuple[Edit, ...]
    missing: tuple[Root, ...]
    """Folders that have moved away."""
    recipe: PixelRecipe
    report: AuditReport | None
    """Of the last audit."""
    is_stale: bool
    """Whether the data set has changed since that audit."""
    doubtful: Finding | None
    """Labels that look wrong to a run."""
    relabelled: tuple[str, int] | None
    """The latest trained run, and how many labels changed since; ``None`` without a run."""

    @classmethod
    def read(cls, project: Project) -> Snapshot:
        """The project as it is now."""
        with _no_garbage_collection():
            return cls._read(project)

    @classmethod
    def _read(cls, project: Project) -> Snapshot:
        images = project.images(include_excluded=True)
        included = [image for image in images if not image.excluded]
        doubtful = kept_doubtful_labels(project)
        report = kept_report(project)
        return cls(
            project,
            Catalogue(images),
            tuple(project.skipped()),
            tuple(project.edits()),
            tuple(project.missing_roots()),
            project.recipe(),
            report,
            report is not None and is_stale(report, included),
            None if doubtful is None else as_finding(doubtful, included),
            _relabelled(project),
        )


def _relabelled(project: Project) -> tuple[str, int] | None:
    run = next((run for run in project.runs() if run.model_path is not None), None)
    return None if run is None else (run.name, project.labels_changed_since(run.created))


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Reading makes many objects and no garbage; looking for some would hold the window up.

    What was made is left out of later looks, too: it goes when nobody refers to it any more.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
