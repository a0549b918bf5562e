"""Whether heatmaps are faithful: what is left of an answer when its best tokens are taken away."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import DatasetError
from fpt_core.events import Event, Finished, Progress
from fpt_core.features.resizing import resized, to_input
from fpt_core.predictor import Predictor, load_model, model_pixels

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
"""Of the patches that the model can read, removed from its reach."""
ORDERS = ("evidence", "read", "plain attention", "random")
_RANDOM_ORDERS = 5


def explain(
    model: Path, project: Path, most: int, from_image: bool = False
) -> Generator[Event, None, None]:
    """Take tokens away from a project's test images in several orders, and finish with the curves.

    Of each image the probability of the class that the model answered is followed. The lower
    the mean over the shares, the more of the answer rested on the tokens taken first.

    Args:
        model: A model file of FPT, FPT+ or the recommended method.
        project: With test images.
        most: Of the images; the first by content.
        from_image: Paint the patches over in the image itself, before anything reads it, rather
            than hide them from what was learned: a harder test, in which the backbone answers
            anew for every share.

    Raises:
        BundleError: If the model is handed no tokens.
        DatasetError: If the project has no test images.
    """
    predictor = load_model(model)
    images = Project.open(project).examples("test")[:most]
    if not images:
        raise DatasetError(f"{project} has no test images.", "Choose another project.")
    curves: dict[str, list[NDArray[np.float64]]] = {order: [] for order in ORDERS}
    for number, image in enumerate(images):
        for order, curve in _curves(predictor, image, number, from_image).items():
            curves[order].append(curve)
        yield Progress("Taking tokens away", number + 1, len(images))
    yield Finished(
        {
            "model": str(model),
            "images": len(images),
            "removed_from": "the image" if from_image else "what was learned",
            "shares_removed": list(SHARES),
            "probability": {order: _mean(found).tolist() for order, found in curves.items()},
            "mean": {order: float(_mean(found)[1:].mean()) for order, found in curves.items()},
            "against": _against(curves),
        }
    )


def _mean(curves: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.mean(curves, axis=0)
    return mean


def _against(curves: dict[str, list[NDArray[np.float64]]]) -> dict[str, dict[str, float]]:
    """How much lower evidence comes than each other order, with a 95 % interval over images."""
    area = {order: np.stack(found)[:, 1:].mean(1) for order, found in curves.items()}
    rng = np.random.default_rng(0)
    found = {}
    for order in ORDERS[1:]:
        lower = area[order] - area["evidence"]
        resampled = rng.choice(lower, (2000, len(lower))).mean(1)
        low, high = np.quantile(resampled, (0.025, 0.975))
        found[order] = {"lower_by": float(lower.mean()), "low": float(low), "high": float(high)}
    return found


def _curves(
    predictor: Predictor, image: ImageRecord, seed: int, from_image: bool
) -> dict[str, NDArray[np.float64]]:
    """Probability of the answer by the share of patches removed, for every order."""
    rgb, _ = model_pixels(image.path, image.frame, predictor.card.recipe)
    explained = predictor.explained(rgb)
    parts, patches = explained.parts(), explained.patches.numpy()
    whole = np.zeros((1, parts.evidence[0].numel()), bool)
    target = int(explained.without(torch.from_numpy(whole)).argmax())
    rng = np.random.default_rng(seed)
    orders = {
        "evidence": [parts.evidence[target].numpy().ravel()[patches]],
        "read": [parts.read.numpy().ravel()[patches]],
        "plain attention": [_plain_attention(predictor, rgb)[patches]],
        "random": [rng.random(len(patches)) for _ in range(_RANDOM_ORDERS)],
    }
    counts = [round(share * len(patches)) for share in SHARES]
    curves = {}
    for name, ranked in orders.items():
        removed = np.repeat(whole, len(ranked) * len(counts), axis=0)
        for row, (score, count) in enumerate(itertools.product(ranked, counts)):
            removed[row, patches[np.argsort(-score, kind="stable")[:count]]] = True
        if from_image:
            probability = np.array([_seen(predictor, rgb, row)[target] for row in removed])
        else:
            logits = explained.without(torch.from_numpy(removed))
            probability = logits.double().softmax(1)[:, target].numpy()
        curves[name] = probability.reshape(len(ranked), len(counts)).mean(0)
    return curves


def _seen(
    predictor: Predictor, rgb: NDArray[np.uint8], removed: NDArray[np.bool_]
) -> tuple[float, ...]:
    """Probabilities of an image in which some patches have its mean colour."""
    painted = rgb.copy()
    rows, cols = predictor.backbone.grid_size
    tops = np.linspace(0, rgb.shape[0], rows + 1).round().astype(int)
    lefts = np.linspace(0, rgb.shape[1], cols + 1).round().astype(int)
    colour = rgb.mean((0, 1)).round()
    for row, col in zip(*np.nonzero(removed.reshape(rows, cols)), strict=True):
        painted[tops[row] : tops[row + 1], lefts[col] : lefts[col + 1]] = colour
    return predictor.predict(painted).uncalibrated


def _plain_attention(predictor: Predictor, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The attention that each patch receives in the backbone, over all heads and tapped blocks."""
    backbone, config = predictor.backbone, predictor.card.config
    assert config is not None, "a model that is handed tokens has a shape"
    images = to_input(backbone, resized(rgb, (backbone.image_size,))[0])
    blocks = config.tapped_block_indices(backbone.depth)
    received = backbone.attention_received(images, blocks, config.token_importance)
    patches: NDArray[np.float32] = received.mean((0, 1, 2))[backbone.num_prefix_tokens :].numpy()
    return patches


def print_explain(result: dict[str, Any]) -> None:
    """The curves, a line for each order."""
    print(
        "Probability of the answer, by the share of patches removed from "
        f"{result['removed_from']}; {result['images']} images"
    )
    print(f"{'first removed':<18}" + "".join(f"{s:>7.0%}" for s in result["shares_removed"]))
    for order, curve in result["probability"].items():
        print(f"{order:<18}" + "".join(f"{value:>7.3f}" for value in curve))
    for order, found in result["against"].items():
        print(
            f"Evidence comes {found['lower_by']:.3f} ({found['low']:.3f} to {found['high']:.3f}) "
            f"lower than {order}."
        )
