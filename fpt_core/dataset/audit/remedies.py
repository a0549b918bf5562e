"""Carry out what a finding offers; ``Project.undo`` takes it back."""

from __future__ import annotations

from fpt_core.dataset.audit.findings import Remedy
from fpt_core.dataset.project import Project


def apply_remedy(project: Project, remedy: Remedy) -> None:
    """Change the project as ``remedy`` says, as one edit; no file is touched.

    Raises:
        DatasetError: If it names a split or a class that cannot be.
    """
    match remedy.action:
        case "exclude":
            project.exclude(remedy.image_ids)
        case "relabel":
            project.relabel(remedy.image_ids, remedy.value)
        case "move":
            project.move(remedy.image_ids, remedy.value)
