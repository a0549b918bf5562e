"""Train one model of a project, evaluate it and keep it as a run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import torch

from fpt_core.bundle import BackboneCard, Bundle, ModelCard, save_bundle, software_versions
from fpt_core.config import METHODS, TrainingConfig
from fpt_core.dataset.project import ImageRecord, Project
from fpt_core.device import resolve_device
from fpt_core.errors import ConfigError, DatasetError
from fpt_core.evaluation.metrics import summarise
from fpt_core.events import EpochCompleted, Event, Finished, RunStarted, Warned
from fpt_core.features.store import FeatureStore
from fpt_core.files import write_atomically
from fpt_core.jobs.prepare import Prepared, prepare_store
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_log import from_settings, recorded, to_settings
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel, num_parameters
from fpt_core.training.data import Example, StoreReader
from fpt_core.training.loop import Trainer, TrainingData
from fpt_core.training.memory import full_finetuning_bytes

SPLITS = ("train", "val", "test")


def train(request: TrainRequest) -> Generator[Event, None, None]:
    """The training job: prepares what is missing, trains, evaluates, keeps the model file.

    Close it to stop: the run then resumes where it was, with ``TrainRequest.resume``.

    Raises:
        ConfigError: If there is no such method.
        DatasetError: If the project cannot be trained on.
        ProjectError: If the run to resume is not there.
    """
    project = Project.open(request.prepare.project)
    if request.resume is not None:
        request = dataclasses.replace(
            from_settings(project.run(request.resume).settings, project.path),
            resume=request.resume,
        )
    method = request.prepare.method
    if method not in METHODS:
        raise ConfigError(
            f"method must be one of {', '.join(METHODS)}, not {method!r}.", "Choose one of them."
        )
    check_trainable(project)
    if method == "linear-probe":
        from fpt_core.jobs.train_probe import train_probe

        job = train_probe
    else:
        job = train_fpt
    run_id = request.resume or project.add_run(
        method=method,
        backbone=request.prepare.backbone.name or "automatic",
        settings=to_settings(request),
    )
    yield from _kept(project, run_id, request, job(project, run_id, request))


def _kept(
    project: Project, run_id: str, request: TrainRequest, events: Generator[Event, None, None]
) -> Generator[Event, None, None]:
    """Pass ``events`` on while the run's folder and status follow them."""
    folder = project.runs_dir / run_id
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "config.json", json.dumps(to_settings(request), indent=2).encode())
    project.update_run(run_id, status="running")
    status = "failed"
    try:
        yield from recorded(folder / "events.jsonl", events)
        status = "finished"
    except GeneratorExit:
        status = "stopped"
        raise
    finally:
        events.close()
        project.update_run(run_id, status=status)


def train_fpt(project: Project, run_id: str, request: TrainRequest) -> Generator[Event, None, None]:
    """One run of FPT or FPT+."""
    prepared = yield from prepare_store(project, request.prepare)
    device = resolve_device(request.prepare.device)
    with FeatureStore(project.features_dir, prepared.spec) as store:
        images = [image for image in project.images() if image.image_hash in store]
        by_split = examples_by_split(project, images)
        training, warning = fitted(request.training, len(by_split["train"]))
        if warning is not None:
            yield warning
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(training.seed)
            model = FptModel.for_backbone(
                prepared.config, prepared.backbone, len(project.class_names)
            )
        reader = StoreReader(store, prepared.config.side_image_size, device)
        folder = project.runs_dir / run_id
        trainer = Trainer(
            model.to(device),
            TrainingData(reader, by_split["train"], by_split["val"]),
            training,
            folder / "checkpoint.pt",
        )
        backbone = prepared.backbone.cpu()  # training reads the store alone
        project.update_run(run_id, backbone=backbone.name)
        yield _run_started(project, run_id, request, backbone, trainer, training)
        card = _card(project, request, prepared, training)
        path = folder / "model.fpt"
        for event in trainer.run():
            if isinstance(event, EpochCompleted) and event.is_best:
                assert trainer.best_model is not None
                save_bundle(path, Bundle(card, trainer.best_model))
                metrics = {"val": {"auc": event.val_auc, "loss": event.val_loss}}
                project.update_run(run_id, metrics=metrics, model_path=path)
            yield event
        trainer.use_best()
        metrics = {split: _measure(trainer, by_split[split]) for split in SPLITS}
    save_bundle(path, Bundle(dataclasses.replace(card, metrics=metrics), model.state_dict()))
    project.update_run(run_id, metrics=metrics, model_path=path)
    yield Finished(
        result(project, run_id, request, metrics, path, backbone)
        | {"best_epoch": trainer.best_epoch, "trainable_parameters": num_parameters(model)}
    )


def check_trainable(project: Project) -> None:
    """Refuse a project from which nothing can be learned.

    Raises:
        DatasetError: If there is a single class, or a split lacks one.
    """
    counts = project.counts()
    if len(counts) < 2:
        raise DatasetError(
            f"Training needs at least two classes; {project.path.name} has {len(counts)}.",
            "Import a data set with a folder, or a label, for each class.",
        )
    for class_name, splits in counts.items():
        if not splits.get("train"):
            raise DatasetError(
                f"Class {class_name!r} has no training image.",
                "Add images of more patients of this class, or leave it out.",
            )


def fitted(training: TrainingConfig, num_train: int) -> tuple[TrainingConfig, Warned | None]:
    """The recipe with a batch that the training images can fill."""
    if num_train == 0:
        raise DatasetError("No training image can be read.", "Check that the data has not moved.")
    if training.batch_size <= num_train:
        return training, None
    smaller = dataclasses.replace(training, batch_size=num_train)
    message = (
        f"The batch of {training.batch_size} is larger than the {num_train} training images; "
        f"{num_train} is used."
    )
    return smaller, Warned(message)


def examples_by_split(project: Project, images: Sequence[ImageRecord]) -> dict[str, list[Example]]:
    """The images as examples, in the project's order."""
    target = {name: index for index, name in enumerate(project.class_names)}
    return {
        split: [
            Example(image.image_hash, target[image.class_name])
            for image in images
            if image.split == split
        ]
        for split in SPLITS
    }


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


def result(
    project: Project,
    run_id: str,
    request: TrainRequest,
    metrics: dict[str, Any],
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
        "metrics": metrics,
    }


def _card(
    project: Project, request: TrainRequest, prepared: Prepared, training: TrainingConfig
) -> ModelCard:
    return ModelCard(
        method=request.prepare.method,
        class_names=project.class_names,
        backbone=backbone_card(prepared.backbone),
        recipe=request.prepare.recipe,
        config=prepared.config,
        training=training,
        split_fingerprint=split_fingerprint(project),
        versions=software_versions(),
    )


def _run_started(
    project: Project,
    run_id: str,
    request: TrainRequest,
    backbone: FrozenBackbone,
    trainer: Trainer,
    training: TrainingConfig,
) -> RunStarted:
    trainable = num_parameters(trainer.model)
    return RunStarted(
        run_id=run_id,
        run_dir=str(project.runs_dir / run_id),
        method=request.prepare.method,
        backbone=backbone.name,
        pretrained=backbone.pretrained,
        class_names=project.class_names,
        trainable_parameters=trainable,
        total_parameters=trainable + sum(p.numel() for p in backbone.parameters()),
        epochs=training.epochs,
        total_steps=trainer.total_steps,
        first_step=trainer.step,
        full_finetuning_bytes=full_finetuning_bytes(backbone, training.batch_size),
    )


def _measure(trainer: Trainer, examples: Sequence[Example]) -> dict[str, float | int | None]:
    logits, targets = trainer.predict(examples)
    return summarise(logits.softmax(-1).numpy(), targets.numpy())
