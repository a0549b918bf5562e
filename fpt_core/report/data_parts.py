"""The parts of a report that tell of the data: where images and patients went, and who they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fpt_core.dataset.left_out import kinds_of_reasons
from fpt_core.dataset.records import SPLITS, ImageRecord, is_known
from fpt_core.report.material import Material, Part, count, shares


def flow(material: Material) -> Part:
    """Every image from the source to its split, with all that was left out."""
    included = [image for image in material.images if not image.excluded]
    skipped = material.project.skipped()
    by_split = _by_split(material.examples)
    return {
        "left_out": {
            "files": len(skipped),
            "reasons": [
                {"reason": reason, "files": number} for reason, number in kinds_of_reasons(skipped)
            ],
        },
        "imported": count(material.images),
        "excluded_by_hand": count([image for image in material.images if image.excluded]),
        "copies": {"images": len(included) - len(material.examples)},
        "used": count(material.examples),
        "splits": {
            split: {
                **count(images),
                "classes": _classes(material, images),
                "not_in_run": _not_in_run(material, images),
            }
            for split, images in by_split.items()
        },
        "not_answered": _not_answered(material),
    }


def patients(material: Material) -> Part:
    """How the splits were made, and what each holds."""
    known = all(is_known(image.patient) for image in material.examples)
    per_patient = Counter(image.patient for image in material.examples).values()
    return {
        "patients_known": known,
        "level": "patient" if known else "image",
        "images_per_patient": max(per_patient) if known and per_patient else None,
        "edits_by_hand": len(material.project.edits()),
        "folds": max((i.fold + 1 for i in material.examples if i.fold is not None), default=0),
        "rows": [
            {"group": name, **_cells([i for i in material.examples if i.class_name == name])}
            for name in material.card.class_names
        ],
        "all": _cells(material.examples),
        "images": _looks(material),
    }


def characteristics(material: Material) -> Part:
    """Groups of people in each split, by the columns that may be told."""
    columns = material.columns
    return {
        "columns": {
            name: [
                {"group": value or "unknown", **_group_cells(material, name, value)}
                for value in sorted(set(groups.values()), key=lambda value: (not value, value))
            ]
            for name, groups in columns.groups.items()
        },
        "withheld": len(columns.withheld),
    }


def recipe(material: Material) -> Part:
    """How pixels become what the model sees."""
    used = material.card.recipe
    config = material.card.config
    return {
        "windows": [str(window) for window in used.windows],
        "volume_axis": used.volume_axis,
        "fundus_crop": used.fundus_crop,
        "fundus_contrast": used.fundus_contrast,
        "image_size": material.card.backbone.image_size,
        "side_image_size": None if config is None else config.side_image_size,
    }


def _by_split(images: Sequence[ImageRecord]) -> dict[str, list[ImageRecord]]:
    return {split: [image for image in images if image.split == split] for split in SPLITS}


def _classes(material: Material, images: Sequence[ImageRecord]) -> Part:
    return {
        name: count([image for image in images if image.class_name == name])
        for name in material.card.class_names
    }


def _cells(images: Sequence[ImageRecord]) -> Part:
    """Counts in each split and in all."""
    found = {split: count(there) for split, there in _by_split(images).items()}
    return found | {"total": count(images)}


def _group_cells(material: Material, column: str, value: str) -> Part:
    groups = material.columns.groups[column]
    return _cells([image for image in material.examples if groups[image.id] == value])


def _not_in_run(material: Material, images: Sequence[ImageRecord]) -> int | None:
    """Images that the run could not read, or that came later; ``None`` where it is not known."""
    used = None if material.measured is None else material.measured.of_run
    return None if used is None else sum(image.image_hash not in used for image in images)


def _not_answered(material: Material) -> Part:
    """Test images without an answer that is a number."""
    test = sum(image.split == "test" for image in material.examples)
    answered = 0 if material.measured is None else len(material.measured.sample)
    return {"images": test - answered}


def _looks(material: Material) -> Part:
    """What kind of files the images are, by split."""
    return {
        split: {
            "formats": shares([material.facts[image.id].format for image in images]),
            "modalities": shares([material.facts[image.id].modality for image in images]),
            "longer_side_px": _range([max(image.width, image.height) for image in images]),
        }
        for split, images in _by_split(material.examples).items()
    }


def _range(values: Sequence[int]) -> list[int] | None:
    return [min(values), max(values)] if values else None
