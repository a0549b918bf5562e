"""Compute and store what the frozen backbone sees in every image of a project."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from fpt_core.config import FptConfig, PixelRecipe, preset
from fpt_core.dataset.project import Project
from fpt_core.device import resolve_device
from fpt_core.errors import ConfigError, DatasetError
from fpt_core.events import Event, Finished
from fpt_core.features.extract import SourceImage, extract, store_spec
from fpt_core.features.record import StoreSpec
from fpt_core.jobs.backbones import chosen_backbone
from fpt_core.jobs.requests import PrepareRequest
from fpt_core.models.backbone import FrozenBackbone


@dataclass(frozen=True, slots=True)
class Prepared:
    """What training needs to know of a preparation."""

    backbone: FrozenBackbone
    config: FptConfig
    spec: StoreSpec


def prepare(request: PrepareRequest) -> Generator[Event, None, None]:
    """The preparation job: resumable, only what is missing is computed."""
    project = Project.open(request.project)
    prepared = yield from prepare_store(project, request, project.recipe())
    spec = prepared.spec
    images = len(project.examples())
    yield Finished(
        {
            "project": str(project.path),
            "store": str(project.features_dir / spec.fingerprint),
            "images": images,
            "record_bytes": spec.record_bytes,
            "store_bytes": spec.record_bytes * images,
            "backbone": prepared.backbone.name,
            "pretrained": prepared.backbone.pretrained,
        }
    )


def prepare_store(
    project: Project, request: PrepareRequest, recipe: PixelRecipe
) -> Generator[Event, None, Prepared]:
    """Bring the store of ``request`` up to date and return what it was made with."""
    if request.method == "linear-probe":
        raise ConfigError(
            "A linear probe has no preset, so there is nothing to prepare for it.",
            "Choose fpt+ or fpt.",
        )
    images = project.examples()
    if not images:
        raise DatasetError(
            f"The project {project.path.name} holds no images.", "Import a data set first."
        )
    config = preset(request.method, request.image_size)
    backbone = yield from chosen_backbone(request.backbone, config.image_size)
    backbone.to(resolve_device(request.device))
    spec = store_spec(backbone, config, recipe, request.dtype)
    sources = [
        SourceImage(image.path, image.frame, image.image_hash, image.width * image.height)
        for image in images
    ]
    limit = request.memory_limit_bytes
    yield from extract(backbone, config, spec, sources, project.features_dir, limit)
    return Prepared(backbone, config, spec)
