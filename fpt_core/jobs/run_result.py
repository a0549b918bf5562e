"""What every training run says and keeps of itself, whatever its method."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fpt_core.bundle import Bundle, save_bundle, software_versions
from fpt_core.config import PixelRecipe, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import SPLITS, ImageRecord, is_known
from fpt_core.evaluation.cross_fit import CrossFit
from fpt_core.evaluation.familiarity import Familiarity
from fpt_core.events import RunStarted
from fpt_core.jobs.prepare import Prepared
from fpt_core.jobs.requests import TrainRequest
from fpt_core.jobs.run_evaluation import evaluate_run
from fpt_core.memory_limit import used_bytes
from fpt_core.memory_meter import MemoryMeter
from fpt_core.model_card import BackboneCard, DataCard, ModelCard, TrainingCost
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.learned import learned_state, num_parameters
from fpt_core.training.memory import full_finetuning_bytes

MODEL = "model.fpt"
"""The model file's name in a run folder."""


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


class RunRecorder:
    """Tells and keeps what there is to say of one run.

    Args:
        project: Whose run it is.
        run_id: Its id.
        request: What was asked.
        prepared: What it reads.
        training: The recipe as it is used.
        recipe: How pixels become images.
        network: What learns.
    """

    def __init__(
        self,
        project: Project,
        run_id: str,
        request: TrainRequest,
        prepared: Prepared,
        training: TrainingConfig,
        recipe: PixelRecipe,
        network: nn.Module,
    ) -> None:
        self.folder = project.runs_dir / run_id
        self._project, self._run_id, self._request = project, run_id, request
        self._backbone, self._network = prepared.backbone, network
        self._training = training
        learnable = num_parameters(network)
        frozen = sum(p.numel() for p in self._backbone.parameters() if not p.requires_grad)
        self._numbers = (learnable, learnable + frozen)
        self._full_bytes = full_finetuning_bytes(self._backbone, training.batch_size)
        self._card = ModelCard(
            method=request.prepare.method,
            class_names=project.class_names,
            backbone=backbone_card(self._backbone),
            recipe=recipe,
            config=prepared.config,
            training=training,
            split_fingerprint=split_fingerprint(project),
            data=data_card(project),
            versions=software_versions(),
        )
        project.update_run(run_id, backbone=self._backbone.name)

    def started(self, total_steps: int = 0, first_step: int = 0) -> RunStarted:
        """The run begins, or begins again; no steps where a method takes none."""
        learnable, total = self._numbers
        return RunStarted(
            run_id=self._run_id,
            run_dir=str(self.folder),
            method=self._card.method,
            backbone=self._backbone.name,
            pretrained=self._backbone.pretrained,
            class_names=self._card.class_names,
            trainable_parameters=learnable,
            total_parameters=total,
            epochs=self._training.epochs if total_steps else 0,
            total_steps=total_steps,
            first_step=first_step,
            full_finetuning_bytes=self._full_bytes + used_bytes(self._device),
        )

    def keep_best(
        self, state: Mapping[str, torch.Tensor], auc: float | None, loss: float | None
    ) -> None:
        """Keep the best epoch so far, so that a run that is stopped has a model."""
        path = self.folder / MODEL
        save_bundle(path, Bundle(self._card, dict(state)))
        metrics = {"val": {"auc": auc, "loss": loss}}
        self._project.update_run(self._run_id, metrics=metrics, model_path=path)

    @property
    def _device(self) -> torch.device:
        return next(self._network.parameters()).device

    def cost(self, meter: MemoryMeter, preparation_s: float, training_s: float) -> TrainingCost:
        """What the training took.

        Args:
            meter: Around the training, after the network was built.
            preparation_s: For the store.
            training_s: For the steps.
        """
        device = self._device
        weights = sum(t.numel() * t.element_size() for t in self._network.state_dict().values())
        on_gpu = device.type == "cuda"
        return TrainingCost(
            trainable_parameters=self._numbers[0],
            total_parameters=self._numbers[1],
            preparation_s=round(preparation_s, 3),
            training_s=round(training_s, 3),
            peak_memory_bytes=weights + meter.growth_bytes,
            full_finetuning_bytes=self._full_bytes,
            device=torch.cuda.get_device_name(device) if on_gpu else "cpu",
        )

    def finish(
        self,
        images: Sequence[ImageRecord],
        logits: Mapping[str, NDArray[np.floating[Any]]],
        cost: TrainingCost,
        familiarity: Familiarity | None,
        out_of_fold: Sequence[tuple[ImageRecord, NDArray[np.floating[Any]]]] = (),
        cross_fit: CrossFit | None = None,
    ) -> dict[str, Any]:
        """Measure, keep the model file, and return what every method answers with.

        Args:
            images: Those that the model answered to.
            logits: By split, in the order of ``images``: ``(n, classes)``.
            cost: What the training took.
            familiarity: To tell images that are unlike the training images.
            out_of_fold: Images and logits of models that did not learn from them.
            cross_fit: How the recommended method put the model together.
        """
        state = learned_state(self._network)
        evaluated = evaluate_run(
            self._project,
            self.folder,
            state,
            images,
            logits,
            self._training.class_order,
            out_of_fold,
        )
        card = dataclasses.replace(self._card, cost=cost, cross_fit=cross_fit, **evaluated.of_card)
        path = self.folder / MODEL
        save_bundle(path, Bundle(card, state, familiarity))
        self._project.update_run(self._run_id, metrics=evaluated.metrics, model_path=path)
        return {
            "run": self._run_id,
            "run_dir": str(self.folder),
            "model": str(path),
            "method": card.method,
            "backbone": card.backbone.name,
            "pretrained": card.backbone.pretrained,
            "classes": list(card.class_names),
            "metrics": evaluated.metrics,
            "calibration": str(evaluated.calibration or "none"),
            "notes": list(evaluated.notes),
            "trainable_parameters": cost.trainable_parameters,
            "seconds": round(cost.seconds, 1),
            "peak_memory_bytes": cost.peak_memory_bytes,
        }
