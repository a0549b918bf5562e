"""One run of the recommended method: cross-fitted side networks and a probe beside them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fpt_core.auto.fit import answers, fit
from fpt_core.auto.fold_data import FoldExample
from fpt_core.auto.folds import Folds, make_folds
from fpt_core.auto.side_training import SideJob
from fpt_core.config import PixelRecipe
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord
from fpt_core.dataset.run_folder import write_metrics
from fpt_core.dataset.splits import Item
from fpt_core.device import resolve_device
from fpt_core.errors import DatasetError
from fpt_core.evaluation.cross_fit import shown_to_work
from fpt_core.events import EpochCompleted, Event, Finished, Progress, Warned
from fpt_core.features.store import FeatureStore
from fpt_core.jobs.familiar import familiarity
from fpt_core.jobs.mending import Mender
from fpt_core.jobs.prepare import Prepared, prepare_store
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_result import RunRecorder
from fpt_core.memory_meter import MemoryMeter
from fpt_core.models.ensemble import EnsembleModel
from fpt_core.models.fpt import backbone_shape
from fpt_core.models.learned import learned_state
from fpt_core.training.data import Example, StoreReader
from fpt_core.training.loop import Trainer


@dataclass(frozen=True, slots=True)
class Material:
    """The images of a run, and those among them that are learned from."""

    images: list[ImageRecord]
    learnt: list[ImageRecord]
    examples: tuple[FoldExample, ...]
    """Of ``learnt``."""
    folds: Folds
    """Over ``learnt``."""

    @classmethod
    def of(cls, images: list[ImageRecord], class_names: Sequence[str], seed: int) -> Material:
        """Everything that is not test, in folds; the training split alone where there are none.

        Raises:
            DatasetError: If there is nothing to learn from.
        """
        learnt = [image for image in images if image.split != "test"]
        folds = make_folds([_item(image) for image in learnt], seed)
        if not folds.held:
            learnt = [image for image in learnt if image.split == "train"]
            folds = make_folds([_item(image) for image in learnt], seed)
        if not learnt:
            raise DatasetError(
                "No training image can be read.", "Check that the data has not moved."
            )
        examples = tuple(
            FoldExample(image.image_hash, class_names.index(image.class_name), int(fold))
            for image, fold in zip(learnt, folds.fold, strict=True)
        )
        return cls(images, learnt, examples, folds)

    @property
    def patients(self) -> list[str]:
        """Of ``learnt``."""
        return [_item(image).group for image in self.learnt]


def train_auto(
    project: Project, run_id: str, request: TrainRequest, recipe: PixelRecipe
) -> Generator[Event, None, None]:
    """Prepare what is missing, cross-fit, measure, keep the model file."""
    prepared = yield from prepare_store(project, request.prepare, recipe)
    device = resolve_device(request.prepare.device)
    with FeatureStore(project.features_dir, prepared.reading.spec) as store:
        images = [image for image in project.examples() if image.image_hash in store]
        material = Material.of(images, project.class_names, request.training.seed)
        for note in material.folds.notes:
            yield Warned(note)
        job = _job(project, run_id, request, prepared, material, store)
        watch = _Watch(project, run_id, request, prepared, recipe)
        mender = Mender(project, request, recipe, store)
        with MemoryMeter(device) as meter:
            started = time.monotonic()
            found = yield from mender.mending(
                lambda: fit(job, material.folds, material.patients, watch.begun, watch.went)
            )
            seconds = time.monotonic() - started
        answered = yield from mender.mending(lambda: _answers(job, found.network, material))
        known = yield from mender.mending(lambda: familiarity(store, images))
        assert watch.recorder is not None, "it was told that the members begin"
        cost = watch.recorder.cost(meter, store.seconds, seconds)
    apart = [
        (image, logits)
        for image, logits, judged in zip(
            material.learnt, found.logits, material.folds.judged, strict=True
        )
        if judged
    ]
    # What a model learned from it would answer too well.
    honest = {image.id: logits for image, logits in apart if image.split == "val"}
    by_split = {
        split: np.array(
            [
                honest.get(image.id, logits)
                for image, logits in zip(images, answered, strict=True)
                if image.split == split
            ]
        ).reshape(-1, len(project.class_names))
        for split in SPLITS
    }
    result = watch.recorder.finish(images, by_split, cost, known, apart, found.card)
    yield from _warnings(result)
    yield Finished(result | {"best_epoch": found.card.epochs})


def _job(
    project: Project,
    run_id: str,
    request: TrainRequest,
    prepared: Prepared,
    material: Material,
    store: FeatureStore[Any],
) -> SideJob:
    assert prepared.config is not None, "the method has the shape of FPT+"
    device = resolve_device(request.prepare.device)
    shape = backbone_shape(prepared.backbone)
    prepared.backbone.to("meta")
    return SideJob(
        prepared.config,
        shape,
        project.class_names,
        StoreReader(store, prepared.config.side_image_size, device),
        material.examples,
        request.training,
        project.runs_dir / run_id,
        request.prepare.memory_limit_bytes,
    )


@dataclass(slots=True)
class _Watch:
    """Keeps in the run's folder what happens while the members are trained."""

    project: Project
    run_id: str
    request: TrainRequest
    prepared: Prepared
    recipe: PixelRecipe
    recorder: RunRecorder | None = None

    def begun(self, trainer: Trainer, network: EnsembleModel) -> Iterable[Event]:
        """The run begins, or begins again."""
        self.recorder = RunRecorder(
            self.project,
            self.run_id,
            self.request,
            dataclasses.replace(self.prepared, config=network.members.config),
            self.request.training,
            self.recipe,
            network,
        )
        write_metrics(self.recorder.folder, trainer.history)
        yield self.recorder.started(trainer.total_steps, trainer.step)

    def went(self, event: Event, trainer: Trainer, network: EnsembleModel) -> None:
        """Keep every epoch, and the best one's model, so that a run that is stopped has one."""
        assert self.recorder is not None
        if isinstance(event, EpochCompleted):
            write_metrics(self.recorder.folder, trainer.history)
            if event.is_best:
                self.recorder.keep_best(learned_state(network), event.val_auc, event.val_loss)


def _answers(
    job: SideJob, network: EnsembleModel, material: Material
) -> Generator[Event, None, NDArray[np.float32]]:
    yield Progress("Answering all images", 0, len(material.images))
    examples = [
        Example(image.image_hash, job.class_names.index(image.class_name))
        for image in material.images
    ]
    found = answers(job.reader, network, examples)
    yield Progress("Answering all images", len(examples), len(examples))
    return found


def _warnings(result: Mapping[str, Any]) -> Iterable[Warned]:
    """Where nothing shows that the model works."""
    for split, words in (("out-of-fold", "out of fold"), ("test", "on the test patients")):
        figures = result["metrics"].get(split, {})
        if shown_to_work(figures) is False:
            low, high = figures["auc_interval"]
            yield Warned(
                f"The model has not been shown to work: its AUC {words} lies between {low:.2f} and "
                f"{high:.2f}, and 0.50 is chance.",
                "Look at the audit, and add patients.",
            )


def _item(image: ImageRecord) -> Item:
    return Item(image.image_hash, image.class_name, image.patient or image.image_hash)
