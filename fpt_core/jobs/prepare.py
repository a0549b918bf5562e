"""Compute and store what a method reads of every image of a project."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from fpt_core.config import AUTO, DEFAULT_IMAGE_SIZE, FptConfig, PixelRecipe, shape_of
from fpt_core.dataset.project import Project
from fpt_core.device import resolve_device
from fpt_core.errors import DatasetError
from fpt_core.events import Event, Finished
from fpt_core.features.extract import SourceImage, extract
from fpt_core.features.reading import (
    FeatureReading,
    PictureReading,
    Reading,
    SummedReading,
    TokenReading,
)
from fpt_core.jobs.backbones import chosen_backbone
from fpt_core.jobs.requests import PrepareRequest
from fpt_core.models.backbone import FrozenBackbone


@dataclass(frozen=True, slots=True)
class Prepared:
    """What training needs to know of a preparation."""

    backbone: FrozenBackbone
    config: FptConfig | None
    """The shape of FPT and FPT+; ``None`` for the other methods."""
    reading: Reading


def prepare(request: PrepareRequest) -> Generator[Event, None, None]:
    """The preparation job: resumable, only what is missing is computed."""
    project = Project.open(request.project)
    prepared = yield from prepare_store(project, request, project.recipe())
    spec = prepared.reading.spec
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
    images = project.examples()
    if not images:
        raise DatasetError(
            f"The project {project.path.name} holds no images.", "Import a data set first."
        )
    config = shape_of(request.method, request.image_size)
    image_size = request.image_size or DEFAULT_IMAGE_SIZE
    backbone = yield from chosen_backbone(request.backbone, image_size)
    backbone.to(resolve_device(request.device))
    reading = reading_for(request, backbone, config, recipe)
    sources = [
        SourceImage(image.path, image.frame, image.image_hash, image.width * image.height)
        for image in images
    ]
    yield from extract(reading, sources, project.features_dir, request.memory_limit_bytes)
    return Prepared(backbone, config, reading)


def reading_for(
    request: PrepareRequest,
    backbone: FrozenBackbone,
    config: FptConfig | None,
    recipe: PixelRecipe,
) -> Reading:
    """What the method of ``request`` keeps of an image."""
    if config is not None and request.method == AUTO:
        return SummedReading(backbone, config, recipe, request.dtype)
    if config is not None:
        return TokenReading(backbone, config, recipe, request.dtype)
    if request.method == "linear-probe":
        return FeatureReading(backbone, pooled=True, recipe=recipe, dtype="float32")
    if request.method == "attentive-probe":
        return FeatureReading(backbone, pooled=False, recipe=recipe, dtype=request.dtype)
    return PictureReading(backbone.image_size, recipe)
