"""The work of every case, with the program's own parts, on random images and weights.

A workload is set up in one process and travels to another, whose memory has then held
nothing but what the work itself needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from fpt_core.benchmark.case import Case
from fpt_core.benchmark.plain import PlainExample, PlainTraining, plain_tokens, store_plainly
from fpt_core.config import FptConfig, PixelRecipe, TrainingConfig, preset
from fpt_core.events import StepCompleted
from fpt_core.features.reading import store_spec
from fpt_core.features.record import StoreSpec
from fpt_core.features.store import FeatureStore, StoreWriter
from fpt_core.models.backbone import FrozenBackbone, load_backbone
from fpt_core.models.baselines.attentive_probe import AttentiveProbe
from fpt_core.models.baselines.fine_tuning import FineTunedBackbone
from fpt_core.models.baselines.lora import LoraBackbone
from fpt_core.models.fpt import FptModel, backbone_shape
from fpt_core.models.learned import num_parameters
from fpt_core.training.data import Example, StoreReader
from fpt_core.training.loop import Trainer, TrainingData
from fpt_core.training.memory import images_at_once
from fpt_core.training.optim import clip_gradient, make_optimizer

_CLASSES = 5
_SEED = 0

Rounds = Iterator[float]
"""First 0, when all is in place that is not counted; then the seconds of each round."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a method is."""

    learnable: int
    parameters: int
    """Of backbone and method together."""
    store_bytes: int
    """On disk, for one image."""


class Workload(Protocol):
    """What a case does; plain values and paths, so that it can travel."""

    @property
    def size(self) -> Size:
        """How large the method is."""
        ...

    def rounds(self) -> Rounds:
        """Do the work, round by round."""
        ...


def workload(case: Case, folder: Path) -> Workload:
    """What ``case`` does, with the files it needs in ``folder``."""
    torch.manual_seed(_SEED)
    backbone = load_backbone(case.backbone, None, case.image_size)
    if case.method in ("fpt", "fpt+"):
        return _fpt_workload(case, backbone, folder)
    if case.stage == "prepare":
        return _ProbePreparation(Size(0, _numel(backbone), _cached_bytes(case, backbone)), case)
    if case.method in ("full", "lora"):
        model = _through_backbone(case, backbone)
        return _BackboneTraining(Size(num_parameters(model), _numel(model), 0), case)
    probe, shape = _probe(case, backbone)
    learnable = num_parameters(probe)
    size = Size(learnable, _numel(backbone) + learnable, _cached_bytes(case, backbone))
    return _ProbeTraining(size, case, probe, shape)


# --- FPT and FPT+ -----------------------------------------------------------------


def _fpt_workload(case: Case, backbone: FrozenBackbone, folder: Path) -> Workload:
    config = preset(case.method, case.image_size)
    spec = store_spec(backbone, config, PixelRecipe(), case.dtype)
    learnable = num_parameters(FptModel.for_backbone(config, backbone, _CLASSES))
    stored = 2 * 4 * spec.tokens_numel if case.way == "plain" else spec.record_bytes
    size = Size(learnable, _numel(backbone) + learnable, stored)
    if case.stage == "prepare":
        kind = _PlainPreparation if case.way == "plain" else _Preparation
        return kind(size, case, config, spec, folder)
    shape = backbone_shape(backbone)
    if case.way == "plain":
        examples = _plain_examples(case, spec, folder)
        return _PlainFptTraining(size, case, config, spec, folder, shape, examples)
    filled = fill_store(folder, spec, 2 * case.batch_size)
    return _FptTraining(size, case, config, spec, folder, shape, filled)


@dataclass(frozen=True, slots=True)
class _Preparation:
    size: Size
    case: Case
    config: FptConfig
    spec: StoreSpec
    folder: Path

    def rounds(self) -> Rounds:
        case, spec = self.case, self.spec
        backbone = load_backbone(case.backbone, None, case.image_size, case.device)
        side = np.zeros((spec.side_image_size, spec.side_image_size, 3), np.uint8)
        yield 0.0
        with StoreWriter(self.folder, spec) as writer:
            for number in range(case.repeats):
                images = _images(case)
                started = time.perf_counter()
                tokens = backbone.important_tokens(
                    images, spec.blocks, self.config.token_ratio, spec.token_importance
                )
                for index in range(case.batch_size):
                    writer.append(
                        f"{number * case.batch_size + index:064x}",
                        tokens.keys[:, index].cpu(),
                        tokens.values[:, index].cpu(),
                        tokens.indices[:, index].cpu(),
                        side,
                    )
                yield (time.perf_counter() - started) / case.batch_size


@dataclass(frozen=True, slots=True)
class _PlainPreparation:
    size: Size
    case: Case
    config: FptConfig
    spec: StoreSpec
    folder: Path

    def rounds(self) -> Rounds:
        case = self.case
        backbone = load_backbone(case.backbone, None, case.image_size, case.device)
        yield 0.0
        for _ in range(case.repeats):
            images = _images(case)
            started = time.perf_counter()
            keys, values = plain_tokens(backbone, images, self.spec.blocks, self.config.token_ratio)
            for index in range(case.batch_size):
                name = f"image-{index}"
                store_plainly(self.folder, name, keys[:, index].cpu(), values[:, index].cpu())
            yield (time.perf_counter() - started) / case.batch_size


@dataclass(frozen=True, slots=True)
class _FptTraining:
    size: Size
    case: Case
    config: FptConfig
    spec: StoreSpec
    folder: Path
    shape: dict[str, int]
    examples: list[Example]

    def rounds(self) -> Rounds:
        case = self.case
        device = torch.device(case.device)
        training = TrainingConfig(epochs=case.repeats, batch_size=case.batch_size)
        yield 0.0
        model = FptModel(self.config, _CLASSES, **self.shape).to(device)
        with FeatureStore(self.folder, self.spec) as store:
            reader = StoreReader(store, self.config.side_image_size, device)
            data = TrainingData(reader, self.examples, ())
            at_once = images_at_once(model, self.spec, case.batch_size, device, None)
            trainer = Trainer(model, data, training, self.folder / "checkpoint.pt", at_once)
            last = time.perf_counter()
            for event in trainer.run():
                if isinstance(event, StepCompleted):
                    yield time.perf_counter() - last
                last = time.perf_counter()


@dataclass(frozen=True, slots=True)
class _PlainFptTraining:
    size: Size
    case: Case
    config: FptConfig
    spec: StoreSpec
    folder: Path
    shape: dict[str, int]
    examples: list[PlainExample]

    def rounds(self) -> Rounds:
        case = self.case
        yield 0.0
        model = FptModel(self.config, _CLASSES, **self.shape).to(case.device)
        recipe = TrainingConfig(batch_size=case.batch_size)
        training = PlainTraining(model, self.spec.mean, self.spec.std, recipe)
        for _ in range(2 * case.repeats):
            started = time.perf_counter()
            training.step(self.examples)
            yield time.perf_counter() - started


def fill_store(folder: Path, spec: StoreSpec, num_images: int) -> list[Example]:
    """A store of random records, and its examples."""
    generator = torch.Generator().manual_seed(_SEED)
    side = _picture(spec.side_image_size)
    indices = torch.zeros(spec.tokens_shape[:3], dtype=torch.long)
    examples = []
    with StoreWriter(folder, spec) as writer:
        for number in range(num_images):
            keys, values = torch.randn(2, *spec.tokens_shape, generator=generator)
            example = Example(f"{number:064x}", number % _CLASSES)
            writer.append(example.image_hash, keys, values, indices, side)
            examples.append(example)
    return examples


def _plain_examples(case: Case, spec: StoreSpec, folder: Path) -> list[PlainExample]:
    examples = []
    for number in range(case.batch_size):
        original = folder / f"original-{number}.jpg"
        Image.fromarray(_picture(case.image_size)).save(original, quality=90)
        keys, values = torch.randn(2, *spec.tokens_shape)
        states = store_plainly(folder, f"image-{number}", keys, values)
        examples.append(PlainExample(original, states, number % _CLASSES))
    return examples


# --- the others -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ProbePreparation:
    size: Size
    case: Case

    def rounds(self) -> Rounds:
        case = self.case
        backbone = load_backbone(case.backbone, None, case.image_size, case.device)
        pooled = case.method == "linear-probe"
        read = backbone.pooled_features if pooled else backbone.last_tokens
        yield 0.0
        for _ in range(case.repeats):
            images = _images(case)
            started = time.perf_counter()
            read(images).cpu().half()
            yield (time.perf_counter() - started) / case.batch_size


@dataclass(frozen=True, slots=True)
class _BackboneTraining:
    size: Size
    case: Case

    def rounds(self) -> Rounds:
        case = self.case
        yield 0.0  # the weights are learned here, so they count
        backbone = load_backbone(case.backbone, None, case.image_size)
        model = _through_backbone(case, backbone).to(case.device)
        yield from _steps(case, model, lambda: _images(case))


@dataclass(frozen=True, slots=True)
class _ProbeTraining:
    size: Size
    case: Case
    probe: nn.Module
    shape: tuple[int, ...]

    def rounds(self) -> Rounds:
        case = self.case
        yield 0.0
        cached = torch.randn(self.shape).half()
        yield from _steps(case, self.probe.to(case.device), lambda: cached.to(case.device).float())


def _steps(case: Case, model: nn.Module, inputs: Callable[[], Tensor]) -> Rounds:
    targets = torch.arange(case.batch_size, device=case.device) % _CLASSES
    training = TrainingConfig(batch_size=case.batch_size)
    optimizer = make_optimizer(model.train(), training)
    for _ in range(case.repeats):
        started = time.perf_counter()
        loss = F.cross_entropy(model(inputs()), targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        clip_gradient(model, training)
        optimizer.step()
        float(loss.detach())  # waits for a GPU
        yield time.perf_counter() - started


def _through_backbone(case: Case, backbone: FrozenBackbone) -> nn.Module:
    if case.method == "full":
        return FineTunedBackbone(backbone, _CLASSES)
    return LoraBackbone(backbone, _CLASSES)


def _probe(case: Case, backbone: FrozenBackbone) -> tuple[nn.Module, tuple[int, ...]]:
    """A probe and the shape of a batch of its cached features."""
    width = _pooled_width(backbone)
    if case.method == "linear-probe":
        return nn.Linear(width, _CLASSES), (case.batch_size, width)
    probe = AttentiveProbe(backbone.embed_dim, backbone.num_heads, _CLASSES)
    return probe, (case.batch_size, backbone.num_tokens, backbone.embed_dim)


def _cached_bytes(case: Case, backbone: FrozenBackbone) -> int:
    pooled = case.method == "linear-probe"
    numbers = _pooled_width(backbone) if pooled else backbone.num_tokens * backbone.embed_dim
    return 2 * numbers  # in half precision


def _pooled_width(backbone: FrozenBackbone) -> int:
    return backbone.embed_dim * (2 if backbone.vit.has_class_token else 1)


def _numel(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _images(case: Case) -> Tensor:
    generator = torch.Generator().manual_seed(_SEED)
    shape = (case.batch_size, 3, case.image_size, case.image_size)
    return torch.randn(shape, generator=generator).to(case.device)


def _picture(size: int) -> NDArray[np.uint8]:
    """A smooth random picture, about as large in a JPEG file as a photograph."""
    small = np.random.default_rng(_SEED).integers(0, 256, (16, 16, 3), np.uint8)
    picture = Image.fromarray(small).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(picture)
