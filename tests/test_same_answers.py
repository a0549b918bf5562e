"""The same model file and backbone give the same probabilities, wherever and however computed."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, built_in_path
from fpt_core.bundle import Bundle, save_bundle
from fpt_core.config import AUTO, METHODS, PixelRecipe, TrainingConfig, shape_of
from fpt_core.features.resizing import resize, resized, stored_size, to_input
from fpt_core.jobs.run_result import backbone_card
from fpt_core.model_card import ModelCard
from fpt_core.models.backbone import load_backbone
from fpt_core.models.baselines.attentive_probe import AttentiveProbe
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.ensemble import EnsembleModel, Members
from fpt_core.models.fpt import FptModel
from fpt_core.models.learned import learned_state
from fpt_core.models.methods import Network, build_network
from fpt_core.predictor import Predictor, load_model

TOLERANCE = 1e-4
SIZE = 128
_ELSEWHERE = """
import json, pathlib, sys, numpy as np, torch
torch.set_num_threads(2)
from fpt_core.predictor import load_model
images = np.load(sys.argv[1])
answers = {}
for path in sorted(pathlib.Path(sys.argv[1]).parent.glob("*.fpt")):
    model = load_model(path, device="cpu")
    answers[path.stem] = [model.predict(image).probabilities for image in images]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (3, 150, 170, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model file of every method on the built-in backbone."""
    folder = tmp_path_factory.mktemp("models")
    paths = {}
    for method in METHODS:
        backbone = load_backbone(BUILT_IN_BACKBONE, built_in_path(), SIZE)
        config = None
        if (shape := shape_of(method, SIZE)) is not None:
            config = dataclasses.replace(shape, side_image_size=64)
        card = ModelCard(
            method=method,
            class_names=("a", "b"),
            backbone=backbone_card(backbone),
            recipe=PixelRecipe(),
            config=config,
            training=TrainingConfig(),
            split_fingerprint="",
        )
        torch.manual_seed(2)
        network: Network
        if config is not None and method == AUTO:
            members = Members([FptModel.for_backbone(config, backbone, 2) for _ in range(3)])
            blocks = config.tapped_block_indices(backbone.depth)
            summaries = backbone.num_summaries(blocks)
            network = EnsembleModel(members, summaries, backbone.embed_dim, 2)
        else:
            network = build_network(method, config, backbone, 2)
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.data += 0.02 * torch.randn_like(parameter)
        paths[method] = folder / f"{method}.fpt"
        save_bundle(paths[method], Bundle(card, learned_state(network)))
    return paths


@pytest.fixture(scope="module")
def here(files: dict[str, Path], images: np.ndarray) -> dict[str, np.ndarray]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        models = {method: load_model(path, device="cpu") for method, path in files.items()}
        return {
            method: np.array([model.predict(image).probabilities for image in images])
            for method, model in models.items()
        }
    finally:
        torch.set_num_threads(threads)


def test_another_process_with_other_threads(
    files: dict[str, Path], images: np.ndarray, here: dict[str, np.ndarray]
) -> None:
    stored = files["fpt"].parent / "images.npy"
    np.save(stored, images)
    found = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE, str(stored)],
        env={**os.environ, "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    elsewhere = json.loads(found.stdout)
    assert set(elsewhere) == set(METHODS)
    for method, answers in here.items():
        assert np.ptp(answers, axis=0).max() > 1e-3, f"{method} tells the images apart"
        assert np.abs(answers - elsewhere[method]).max() < TOLERANCE, method


@pytest.mark.parametrize("method", METHODS)
def test_all_images_at_once(
    method: str, files: dict[str, Path], images: np.ndarray, here: dict[str, np.ndarray]
) -> None:
    model = load_model(files[method], device="cpu")
    with torch.inference_mode():
        answers = _at_once(model, images).softmax(1).numpy()
    assert np.abs(answers - here[method]).max() < TOLERANCE


def _at_once(model: Predictor, images: np.ndarray) -> torch.Tensor:
    backbone, network = model.backbone, model.model

    def batch(size: int) -> torch.Tensor:
        return torch.cat([to_input(backbone, resized(image, (size,))[0]) for image in images])

    if isinstance(network, FptModel | EnsembleModel):
        config = network.config if isinstance(network, FptModel) else network.members.config
        sizes = (SIZE, stored_size(config.side_image_size))
        pairs = [resized(image, sizes) for image in images]
        high, side = (
            torch.cat([to_input(backbone, each) for each in part])
            for part in zip(*pairs, strict=True)
        )
        tokens, summaries = backbone.tokens_and_summaries(
            high,
            config.tapped_block_indices(backbone.depth),
            config.token_ratio,
            config.token_importance,
        )
        read = (resize(side, config.side_image_size), tokens.keys, tokens.values)
        if isinstance(network, FptModel):
            logits = network(*read)
        else:
            logits = network(*read, None, None, summaries)
    elif isinstance(network, LinearProbe):
        logits = network(backbone.pooled_features(batch(SIZE)))
    elif isinstance(network, AttentiveProbe):
        logits = network(backbone.last_tokens(batch(SIZE)))
    else:
        logits = network(resize(batch(stored_size(SIZE)), SIZE))
    assert isinstance(logits, torch.Tensor)
    return logits
