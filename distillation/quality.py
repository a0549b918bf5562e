"""How good the backbone in the box is, measured once and kept.

Linear probe and FPT+ on labelled images, by patient-grouped cross-validation, of backbones, grey
pixels and texture features; and how many of the tokens that FPT+ keeps are the teacher's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from distillation.labelled import Indices, LabelledImages, splits
from distillation.settings import matching_blocks
from distillation.texture import pixel_features, texture_features
from fpt_core.config import PixelRecipe, TrainingConfig, preset
from fpt_core.evaluation.metrics import macro_auc
from fpt_core.features.extract import decoded, extract
from fpt_core.features.reading import TokenReading
from fpt_core.features.resizing import to_input
from fpt_core.features.store import FeatureStore
from fpt_core.files import write_atomically
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.baselines.linear_probe import LinearProbe, fit_at
from fpt_core.models.fpt import FptModel
from fpt_core.training.data import Example, StoreReader
from fpt_core.training.loop import Trainer, TrainingData

SIZES = (224, 512)
PROBE_FOLDS, FPT_FOLDS = 5, 3
_PROBE_REPEATS = 5
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Inverse strengths of the probe's regularisation; the lowest validation loss decides."""
_RECIPE = PixelRecipe()

PLAIN = {"pixels": pixel_features, "texture": texture_features}
"""What one would try without a backbone."""


class Measurements:
    """Figures that are measured once and kept in a file.

    Args:
        work: Folder for the file and for stored features.
        known_only: Measure nothing; what is not known has no figures.
    """

    def __init__(self, work: Path, known_only: bool = False) -> None:
        self._known_only = known_only
        self._path = work / "quality.json"
        self._features = work / "features"
        self._known: dict[str, list[float]] = (
            json.loads(self._path.read_text()) if self._path.is_file() else {}
        )

    def plain(self, images: LabelledImages, name: str, size: int) -> list[float]:
        """AUCs of a probe on one of ``PLAIN``, one per split."""
        return self._once(
            f"probe {images.name} {name} {size}",
            lambda: probe_aucs(images, _described(images, size, PLAIN[name])),
        )

    def probe(self, images: LabelledImages, backbone: FrozenBackbone) -> list[float]:
        """AUCs of a probe on the backbone's pooled features, one per split."""

        def pooled(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
            return backbone.pooled_features(to_input(backbone, rgb))[0].numpy()

        return self._once(
            f"probe {images.name} {_key(backbone)}",
            lambda: probe_aucs(images, _described(images, backbone.image_size, pooled)),
        )

    def fpt_plus(self, images: LabelledImages, backbone: FrozenBackbone) -> list[float]:
        """AUCs of FPT+ as it is preset, one per split."""
        return self._once(
            f"fpt+ {images.name} {_key(backbone)}",
            lambda: list(self._fpt_plus_aucs(images, backbone)),
        )

    def overlap(
        self, images: LabelledImages, backbone: FrozenBackbone, teacher: FrozenBackbone
    ) -> list[float]:
        """Share of the tokens kept in the tapped blocks that the teacher keeps too, by block."""
        return self._once(
            f"overlap {images.name} {_key(backbone)} {_key(teacher)}",
            lambda: self._overlaps(images, backbone, teacher),
        )

    def _once(self, key: str, measure: Callable[[], list[float]]) -> list[float]:
        if key not in self._known and not self._known_only:
            self._known[key] = measure()
            write_atomically(self._path, json.dumps(self._known, indent=1).encode())
        return self._known.get(key, [])

    def _store(self, images: LabelledImages, backbone: FrozenBackbone) -> FeatureStore:
        config = preset("fpt+", backbone.image_size)
        reading = TokenReading(backbone, config, _RECIPE, "float16")
        for _ in extract(reading, images.sources, self._features):
            pass
        return FeatureStore(self._features, reading.spec)

    def _fpt_plus_aucs(self, images: LabelledImages, backbone: FrozenBackbone) -> Iterator[float]:
        config = preset("fpt+", backbone.image_size)
        checkpoint = self._features / "checkpoint.pt"
        with self._store(images, backbone) as store:
            reader = StoreReader(store, config.side_image_size, torch.device("cpu"))
            for seed, split in enumerate(splits(images, FPT_FOLDS, repeats=1)):
                torch.manual_seed(seed)
                model = FptModel.for_backbone(config, backbone, int(images.targets.max()) + 1)
                data = TrainingData(
                    reader, _examples(images, split.train), _examples(images, split.val)
                )
                checkpoint.unlink(missing_ok=True)
                trainer = Trainer(model, data, TrainingConfig(seed=seed), checkpoint)
                for _ in trainer.run():
                    pass
                trainer.use_best()
                logits, targets = trainer.predict(_examples(images, split.test))
                yield _auc(logits.softmax(1).numpy(), targets.numpy())

    def _overlaps(
        self, images: LabelledImages, backbone: FrozenBackbone, teacher: FrozenBackbone
    ) -> list[float]:
        hashes = [source.image_hash for source in images.sources]
        with self._store(images, backbone) as own, self._store(images, teacher) as wanted:
            matching = matching_blocks(backbone.depth, teacher.depth)
            rows = [wanted.spec.blocks.index(matching[block]) for block in own.spec.blocks]
            first, second = own.read(hashes).indices.int(), wanted.read(hashes).indices.int()
        return shared_tokens(first, second[rows])


def shared_tokens(first: torch.Tensor, second: torch.Tensor) -> list[float]:
    """Share of the kept tokens that two selections have in common, by block.

    Shape:
        both ``(L, B, H, m)`` -> ``L`` numbers.
    """
    common = (first.unsqueeze(-1) == second.unsqueeze(-2)).any(-1).float()
    return [float(share) for share in common.mean((1, 2, 3))]


def probe_aucs(images: LabelledImages, features: NDArray[np.float32]) -> list[float]:
    """Test AUC of a linear probe on every split."""
    classes = int(images.targets.max()) + 1
    aucs = []
    for split in splits(images, PROBE_FOLDS, _PROBE_REPEATS):
        learnt, chosen = (
            (features[rows], images.targets[rows]) for rows in (split.train, split.val)
        )
        probes = [fit_at(strength, *learnt, classes) for strength in _STRENGTHS]
        probe = min(probes, key=lambda probe: _loss(probe, *chosen))
        with torch.inference_mode():
            probabilities = probe(torch.from_numpy(features[split.test])).softmax(1).numpy()
        aucs.append(_auc(probabilities, images.targets[split.test]))
    return aucs


def _loss(probe: LinearProbe, features: NDArray[np.float32], targets: Indices) -> float:
    with torch.inference_mode():
        logits = probe(torch.from_numpy(features))
        return float(torch.nn.functional.cross_entropy(logits, torch.from_numpy(targets)))


def _auc(probabilities: NDArray[np.float32], targets: Indices) -> float:
    auc = macro_auc(probabilities, targets)
    assert auc is not None, "stratified folds have every class"
    return auc


def _described(
    images: LabelledImages, size: int, describe: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    rows = []
    for _, pixels in decoded(images.sources, _RECIPE, (size,)):
        if isinstance(pixels, Exception):
            raise pixels
        rows.append(describe(pixels[0]))
    return np.stack(rows)


def _examples(images: LabelledImages, rows: Indices) -> Sequence[Example]:
    return [Example(images.sources[row].image_hash, int(images.targets[row])) for row in rows]


def _key(backbone: FrozenBackbone) -> str:
    return f"{backbone.name} {backbone.weights_hash[:12]} {backbone.image_size}"
