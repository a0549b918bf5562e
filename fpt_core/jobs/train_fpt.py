"""One run of FPT or FPT+."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.bundle import Bundle, save_bundle, software_versions
from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.dataset.run_folder import write_metrics
from fpt_core.device import resolve_device
from fpt_core.errors import DatasetError
from fpt_core.events import EpochCompleted, Event, Finished, RunStarted, Warned
from fpt_core.features.store import DamagedRecordError, FeatureStore, StoreWriter
from fpt_core.jobs.prepare import Prepared, prepare_store
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_evaluation import evaluate_run
from fpt_core.jobs.run_result import backbone_card, data_card, result, split_fingerprint
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel, num_parameters
from fpt_core.training.data import Example, StoreReader
from fpt_core.training.loop import Trainer, TrainingData
from fpt_core.training.memory import full_finetuning_bytes, images_at_once
from fpt_core.training.objective import Objective

Answer = TypeVar("Answer")


def train_fpt(
    project: Project, run_id: str, request: TrainRequest, recipe: PixelRecipe
) -> Generator[Event, None, None]:
    """Prepare what is missing, train, measure, keep the model file of every best epoch."""
    prepared = yield from prepare_store(project, request.prepare, recipe)
    device = resolve_device(request.prepare.device)
    with FeatureStore(project.features_dir, prepared.spec) as store:
        images = [image for image in project.examples() if image.image_hash in store]
        by_split = examples_by_split(project, images)
        training, warnings = fitted(request.training, by_split)
        yield from warnings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(training.seed)
            model = FptModel.for_backbone(
                prepared.config, prepared.backbone, len(project.class_names)
            )
        # Training reads the store alone: of the backbone it needs the shape.
        backbone = prepared.backbone.to("meta")
        reader = StoreReader(store, prepared.config.side_image_size, device)
        folder = project.runs_dir / run_id
        model.to(device)
        limit = request.prepare.memory_limit_bytes
        trainer = Trainer(
            model,
            TrainingData(reader, by_split["train"], by_split["val"]),
            training,
            folder / "checkpoint.pt",
            images_at_once(model, prepared.spec, training.batch_size, device, limit),
            Objective.of(training, project.class_names, [e.target for e in by_split["train"]]),
        )
        project.update_run(run_id, backbone=backbone.name)
        write_metrics(folder, trainer.history)
        yield _run_started(project, run_id, request, backbone, trainer, training)
        card = _card(project, request, prepared, training)
        path = folder / "model.fpt"
        mender = _Mender(project, request, recipe, store)
        for event in mender.mending(trainer.run):
            if isinstance(event, EpochCompleted):
                write_metrics(folder, trainer.history)
            if isinstance(event, EpochCompleted) and event.is_best:
                assert trainer.best_model is not None
                save_bundle(path, Bundle(card, trainer.best_model))
                metrics = {"val": {"auc": event.val_auc, "loss": event.val_loss}}
                project.update_run(run_id, metrics=metrics, model_path=path)
            yield event
        trainer.use_best()
        answered = yield from mender.mending(lambda: _answers(trainer, by_split))
    evaluated = evaluate_run(project, folder, model.state_dict(), images, answered)
    save_bundle(path, Bundle(dataclasses.replace(card, **evaluated.of_card), model.state_dict()))
    project.update_run(run_id, metrics=evaluated.metrics, model_path=path)
    yield Finished(
        result(project, run_id, request, evaluated, path, backbone)
        | {"best_epoch": trainer.best_epoch, "trainable_parameters": num_parameters(model)}
    )


@dataclass(frozen=True, slots=True)
class _Mender:
    """Computes a damaged record anew, so that the work that met it can go on."""

    project: Project
    request: TrainRequest
    recipe: PixelRecipe
    store: FeatureStore

    def mending(
        self, work: Callable[[], Generator[Event, None, Answer]]
    ) -> Generator[Event, None, Answer]:
        """Do ``work``; where it meets a damaged record, mend that and begin ``work`` again.

        Raises:
            DamagedRecordError: If a record is damaged again.
        """
        mended: set[str] = set()
        while True:
            try:
                return (yield from work())
            except DamagedRecordError as error:
                if error.image_hash in mended:
                    raise
                mended.add(error.image_hash)
                yield Warned(f"{error.message} It is computed anew, and the run goes on.")
                with StoreWriter(self.project.features_dir, self.store.spec) as writer:
                    writer.discard(error.image_hash)
                yield from prepare_store(self.project, self.request.prepare, self.recipe)
                self.store.refresh()


def _answers(
    trainer: Trainer, by_split: Mapping[str, Sequence[Example]]
) -> Generator[Event, None, dict[str, NDArray[np.float32]]]:
    """Logits of every split's images."""
    yield from ()
    return {split: trainer.predict(by_split[split])[0].numpy() for split in SPLITS}


def fitted(
    training: TrainingConfig, by_split: Mapping[str, Sequence[Example]]
) -> tuple[TrainingConfig, list[Warned]]:
    """The recipe with a batch that the training images can fill, and what must be told.

    Raises:
        DatasetError: If there is no training image.
    """
    num_train = len(by_split["train"])
    if num_train == 0:
        raise DatasetError("No training image can be read.", "Check that the data has not moved.")
    warnings = []
    if training.batch_size > num_train:
        warnings.append(
            Warned(
                f"The batch of {training.batch_size} is larger than the {num_train} training "
                f"images; {num_train} is used."
            )
        )
        training = dataclasses.replace(training, batch_size=num_train)
    if len({example.target for example in by_split["val"]}) == 1:
        warnings.append(
            Warned(
                "All validation images are of one class, so no AUC can be measured on them; the "
                "epoch with the lowest validation loss is kept.",
                "Give validation images of every class, in the Dataset panel or by importing "
                "again.",
            )
        )
    return training, warnings


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


def _card(
    project: Project, request: TrainRequest, prepared: Prepared, training: TrainingConfig
) -> ModelCard:
    return ModelCard(
        method=request.prepare.method,
        class_names=project.class_names,
        backbone=backbone_card(prepared.backbone),
        recipe=prepared.spec.recipe,
        config=prepared.config,
        training=training,
        split_fingerprint=split_fingerprint(project),
        data=data_card(project),
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
