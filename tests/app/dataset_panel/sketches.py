"""Sources as importers would sketch them."""

from __future__ import annotations

from pathlib import Path

from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.sketch import SourceSketch, TableSketch
from fpt_core.dataset.patients import PatientPattern

PATTERN = PatientPattern(
    r"([^/]+?)_[LR]\.jpg$", "an eye after the patient", 47, (("P017_L.jpg", "P017"),)
)
FOLDERS = SourceSketch(
    Path("/data/chest"), "class-folders", 120, ("healthy", "pneumonia"), pattern=PATTERN
)
TABLE = SourceSketch(
    Path("/data/eyes"),
    "table",
    94,
    ("no", "yes"),
    tables=(Path("/data/eyes/labels.csv"), Path("/data/eyes/other.csv")),
    table=TableSketch(
        Path("/data/eyes/labels.csv"),
        ("file", "label", "patient_id", "site"),
        (("a.jpg", "no", "P1", "Bonn"), ("b.jpg", "yes", "P2", "Kyiv")),
        94,
        ColumnChoice("file", "label", "patient_id", join="file"),
        (("file", "file", 90), ("patient_id", "PatientID", 12)),
    ),
    patients_known=True,
    notes=("Two names differ only in capitals.",),
)
DICOM = SourceSketch(
    Path("/data/archive"),
    "dicom",
    29,
    (),
    label_tags=(("Modality", 3), ("PatientSex", 2)),
    patients_known=True,
    has_slices=True,
)
