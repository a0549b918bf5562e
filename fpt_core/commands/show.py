"""`fpt show`."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import Any

from fpt_core.commands.command import Result
from fpt_core.commands.figures import auc_text
from fpt_core.commands.screen import Screen

HELP = "What a model file says of itself: classes, figures, backbone, limits."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model file."""
    parser.add_argument("model", type=Path, metavar="MODEL")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Read its card."""
    from fpt_core.model_file import summarise_model

    return summarise_model(arguments.model).to_dict()


def show(arguments: argparse.Namespace, result: Result) -> None:
    """The card in short, and what to keep in mind."""
    card, backbone = result["card"], result["backbone"]
    where = backbone["where"] if backbone["here"] else f"missing. {backbone['remedy']}"
    _say("file", f"{result['path']} ({result['file_bytes'] / 1e6:.1f} MB)")
    _say("method", card["method"])
    _say("classes", ", ".join(card["class_names"]))
    _say("backbone", f"{card['backbone']['name']} at {card['backbone']['image_size']} px: {where}")
    _say("pixels", _recipe(card["recipe"]))
    if card["data"] is not None:
        _say("data", _data(card["data"]))
    for split, figures in card["metrics"].items():
        _say(split, f"AUC {auc_text(figures)} on {figures['images']} images")
    if card["cost"] is not None:
        _say("took", _cost(card["cost"]))
    made_with = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    _say("made with", made_with)
    _say("use", card["intended_use"])
    for topic, text in card["statements"].items():
        _say(topic.replace("_", " "), text)
    for limit in result["limits"]:
        print(textwrap.fill(limit, 99, initial_indent="  - ", subsequent_indent="    "))


def _say(name: str, text: str) -> None:
    print(f"{name:<10} {text}")


def _recipe(recipe: dict[str, Any]) -> str:
    from fpt_core.config import PixelRecipe

    kept = PixelRecipe.from_dict(recipe)
    parts = [" ".join(map(str, kept.windows)) or "the file's own window"]
    parts += [
        name
        for name, on in (
            ("cropped to the disc", kept.fundus_crop),
            ("evened light", kept.fundus_contrast),
        )
        if on
    ]
    return ", ".join(parts)


def _data(data: dict[str, Any]) -> str:
    counts = [
        f"{name} {' / '.join(str(number) for number in splits.values())}"
        for name, splits in data["images"].items()
    ]
    people = "patients unknown"
    if data["patients"] is not None:
        people = f"{' / '.join(map(str, data['patients'].values()))} patients"
    return f"{'; '.join(counts)}; {people} (training / validation / test)"


def _cost(cost: dict[str, Any]) -> str:
    share = cost["trainable_parameters"] / cost["total_parameters"]
    return (
        f"{cost['trainable_parameters']:,} learnable parameters ({share:.2%}), "
        f"{cost['preparation_s']:.0f} s preparation, {cost['training_s']:.0f} s training, "
        f"{cost['peak_memory_bytes'] / 1e6:,.0f} MB on {cost['device']}"
    )
