"""What a file may be called where answers are written down.

The rule is the project's own: a name that holds an identifier of the patient whom the file
itself names is withheld. People find their images again by the names relative to what they
gave; the folders above, which belong to nobody but this machine, are never written.
"""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.identifiers import Identifiers
from fpt_core.dataset.patients import somebody
from fpt_core.errors import ImageError
from fpt_core.images import read_tags

WITHHELD = "(a name that holds an identifier)"
_NAME = "PatientName"


def names_patient(path: Path, name: str) -> bool:
    """Whether ``name`` holds an identifier that the DICOM file at ``path`` has inside."""
    try:
        tags = read_tags(path, (_NAME,))
    except ImageError:
        return False
    if tags is None:
        return False
    who = Identifiers(lambda text: text)
    found = (tags.patient_id, tags.accession_number, tags.values.get(_NAME, ""))
    who.add(filter(None, map(somebody, found)))
    return bool(who) and who.is_in(name)


def without_name(text: str, path: Path) -> str:
    """A sentence about a file whose name is withheld."""
    return text.replace(path.name, "The file").replace(str(path.parent), "its folder")
