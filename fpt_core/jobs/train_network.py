"""One run of a method that learns by gradient: FPT, FPT+, attentive probe, LoRA, full."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.dataset.run_folder import write_metrics
from fpt_core.device import resolve_device
from fpt_core.errors import DatasetError
from fpt_core.events import EpochCompleted, Event, Finished, Warned
from fpt_core.features.store import FeatureStore
from fpt_core.jobs.familiar import familiarity
from fpt_core.jobs.mending import Mender
from fpt_core.jobs.prepare import Prepared, prepare_store
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_result import RunRecorder
from fpt_core.memory_meter import MemoryMeter
from fpt_core.models.baselines.fine_tuning import FineTunedBackbone
from fpt_core.models.methods import Network, build_network
from fpt_core.training.data import Example, PictureReader, Reader, StoreReader, VectorReader
from fpt_core.training.loop import Trainer, TrainingData
from fpt_core.training.memory import images_at_once
from fpt_core.training.objective import Objective


def train_network(
    project: Project, run_id: str, request: TrainRequest, recipe: PixelRecipe
) -> Generator[Event, None, None]:
    """Prepare what is missing, train, measure, keep the model file of every best epoch."""
    prepared = yield from prepare_store(project, request.prepare, recipe)
    device = resolve_device(request.prepare.device)
    with FeatureStore(project.features_dir, prepared.reading.spec) as store:
        images = [image for image in project.examples() if image.image_hash in store]
        by_split = examples_by_split(project, images)
        training, warnings = fitted(request.training, by_split)
        yield from warnings
        network = _network(prepared, request, training, len(project.class_names))
        recorder = RunRecorder(
            project, run_id, request, prepared, training, recipe, network.to(device)
        )
        data = TrainingData(
            _reader(prepared, store, device, network), by_split["train"], by_split["val"]
        )
        limit = request.prepare.memory_limit_bytes
        trainer = Trainer(
            network,
            data,
            training,
            recorder.folder / "checkpoint.pt",
            images_at_once(network, store.spec, training.batch_size, device, limit),
            Objective.of(training, project.class_names, [e.target for e in by_split["train"]]),
        )
        yield recorder.started(trainer.total_steps, trainer.step)
        mender = Mender(project, request, recipe, store)
        with MemoryMeter(device) as meter:
            yield from mender.mending(lambda: _trained(trainer, recorder))
        trainer.use_best()
        answered = yield from mender.mending(lambda: _answers(trainer, by_split))
        known = yield from mender.mending(lambda: familiarity(store, images))
        cost = recorder.cost(meter, store.seconds, trainer.seconds)
    result = recorder.finish(images, answered, cost, known)
    yield Finished(result | {"best_epoch": trainer.best_epoch})


def _network(
    prepared: Prepared, request: TrainRequest, training: TrainingConfig, num_classes: int
) -> Network:
    """What learns, on the CPU; of a backbone that it does not train nothing but shapes stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        backbone = prepared.backbone.to("cpu")
        network = build_network(request.prepare.method, prepared.config, backbone, num_classes)
    if not isinstance(network, FineTunedBackbone):
        prepared.backbone.to("meta")
    return network


def _reader(
    prepared: Prepared, store: FeatureStore[Any], device: torch.device, network: Network
) -> Reader:
    """Where batches of the network's kind come from."""
    if prepared.config is not None:
        return StoreReader(store, prepared.config.side_image_size, device)
    if isinstance(network, FineTunedBackbone):
        return PictureReader(store, prepared.backbone, device)
    return VectorReader(store, device)


def _trained(trainer: Trainer, recorder: RunRecorder) -> Generator[Event, None, None]:
    """Train to the end; every epoch is kept in the run's folder."""
    write_metrics(recorder.folder, trainer.history)
    for event in trainer.run():
        if isinstance(event, EpochCompleted):
            write_metrics(recorder.folder, trainer.history)
            if event.is_best:
                assert trainer.best_model is not None
                recorder.keep_best(trainer.best_model, event.val_auc, event.val_loss)
        yield event


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
