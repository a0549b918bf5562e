"""What every training run says of itself, whatever its method."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, is_known
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_evaluation import RunEvaluation
from fpt_core.model_card import BackboneCard, DataCard
from fpt_core.models.backbone import FrozenBackbone


def split_fingerprint(project: Project) -> str:
    """SHA-256 over content, class and split of all images."""
    rows = sorted((i.image_hash, i.class_name, i.split) for i in project.images())
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def backbone_card(backbone: FrozenBackbone) -> BackboneCard:
    """What a model file says of its backbone."""
    return BackboneCard(
        name=backbone.name,
        weights_hash=backbone.weights_hash,
        pretrained=backbone.pretrained,
        image_size=backbone.image_size,
        depth=backbone.depth,
        embed_dim=backbone.embed_dim,
        num_heads=backbone.num_heads,
        patch_size=backbone.patch_size,
    )


def data_card(project: Project) -> DataCard:
    """What a model file says of the images that it came from."""
    images = project.examples()
    counts = {name: dict.fromkeys(SPLITS, 0) for name in project.class_names}
    people: dict[str, set[str | None]] = {split: set() for split in SPLITS}
    for image in images:
        counts[image.class_name][image.split] += 1
        people[image.split].add(image.patient)
    known = all(is_known(image.patient) for image in images)
    patients = {split: len(found) for split, found in people.items()}
    return DataCard(counts, patients if known else None)


def result(
    project: Project,
    run_id: str,
    request: TrainRequest,
    evaluated: RunEvaluation,
    model: Path,
    backbone: FrozenBackbone,
) -> dict[str, Any]:
    """What every method answers with."""
    return {
        "run": run_id,
        "run_dir": str(project.runs_dir / run_id),
        "model": str(model),
        "method": request.prepare.method,
        "backbone": backbone.name,
        "pretrained": backbone.pretrained,
        "classes": list(project.class_names),
        "metrics": evaluated.metrics,
        "calibration": str(evaluated.calibration or "none"),
        "notes": list(evaluated.notes),
    }
