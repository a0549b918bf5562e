"""One run of the linear probe: what one would try before prompt tuning."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.bundle import Bundle, save_bundle, software_versions
from fpt_core.config import PRESETS, PixelRecipe
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.device import resolve_device
from fpt_core.errors import ImageError
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.features.extract import SourceImage, decoded, to_input
from fpt_core.jobs.backbones import chosen_backbone
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_evaluation import evaluate_run
from fpt_core.jobs.run_result import backbone_card, data_card, result, split_fingerprint
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.linear_probe import fit_linear_probe
from fpt_core.models.fpt import num_parameters

Rows = dict[str, tuple[NDArray[np.float32], NDArray[np.int64]]]


def train_probe(
    project: Project, run_id: str, request: TrainRequest, recipe: PixelRecipe
) -> Generator[Event, None, None]:
    """Pooled features of the frozen backbone, and a logistic regression on them."""
    prepare = request.prepare
    image_size = prepare.image_size or PRESETS["fpt+"].image_size
    backbone = yield from chosen_backbone(prepare.backbone, image_size)
    backbone.to(resolve_device(prepare.device))
    project.update_run(run_id, backbone=backbone.name)
    rows, images = yield from _features(project, backbone, recipe)
    classes = len(project.class_names)
    probe = fit_linear_probe(*rows["train"], *rows["val"], classes)
    with torch.inference_mode():
        answered = {
            split: probe(torch.from_numpy(features)).numpy()
            for split, (features, _) in rows.items()
        }
    folder = project.runs_dir / run_id
    evaluated = evaluate_run(project, folder, probe.state_dict(), images, answered)
    card = ModelCard(
        method=prepare.method,
        class_names=project.class_names,
        backbone=backbone_card(backbone),
        recipe=recipe,
        config=None,
        training=request.training,
        split_fingerprint=split_fingerprint(project),
        data=data_card(project),
        versions=software_versions(),
        **evaluated.of_card,
    )
    path = folder / "model.fpt"
    save_bundle(path, Bundle(card, probe.state_dict()))
    project.update_run(run_id, metrics=evaluated.metrics, model_path=path)
    yield Finished(
        result(project, run_id, request, evaluated, path, backbone)
        | {"trainable_parameters": num_parameters(probe)}
    )


def _features(
    project: Project,
    backbone: FrozenBackbone,
    recipe: PixelRecipe,
) -> Generator[Event, None, tuple[Rows, list[ImageRecord]]]:
    by_source = {
        SourceImage(image.path, image.frame, image.image_hash): image
        for image in project.examples()
    }
    features: dict[str, list[NDArray[np.float32]]] = {split: [] for split in SPLITS}
    targets: dict[str, list[int]] = {split: [] for split in SPLITS}
    images: list[ImageRecord] = []
    sizes = (backbone.image_size,)
    for done, (source, pixels) in enumerate(decoded(by_source, recipe, sizes), start=1):
        if isinstance(pixels, ImageError):
            yield Warned(f"{pixels.message} It is left out.", pixels.remedy)
        else:
            image = by_source[source]
            pooled = backbone.pooled_features(to_input(backbone, pixels[0]))
            features[image.split].append(pooled[0].cpu().numpy())
            images.append(image)
            targets[image.split].append(project.class_names.index(image.class_name))
        yield Progress("Reading features", done, len(by_source))
    width = backbone.embed_dim * (2 if backbone.vit.has_class_token else 1)
    rows = {
        split: (
            np.array(features[split], dtype=np.float32).reshape(-1, width),
            np.array(targets[split], dtype=np.int64),
        )
        for split in SPLITS
    }
    return rows, images
