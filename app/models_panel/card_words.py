"""A model file's card in words, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from app.dataset_panel.words import SPLIT_WORDS, count_of
from app.training_panel.words import duration, method_name, size_text
from fpt_core.config import PixelRecipe
from fpt_core.model_card import DataCard, ModelCard, TrainingCost
from fpt_core.model_file import ModelSummary

_FIGURES = (
    ("AUC", "auc", "auc_interval"),
    ("Accuracy", "accuracy", "accuracy_interval"),
    ("Balanced accuracy", "balanced_accuracy", ""),
)


def sections(summary: ModelSummary) -> Iterator[tuple[str, str]]:
    """Headings and their text, as simple HTML; what a file does not hold is left out."""
    card = summary.card
    yield "Classes", escape(", ".join(card.class_names))
    yield "Method", _method(card)
    yield "Backbone", _backbone(summary)
    yield "Images are read", escape(recipe_text(card.recipe))
    if card.data is not None:
        yield "Learned from", _data(card.data)
    measured = {split: found for split, found in card.metrics.items() if found.get("images")}
    if measured:
        yield "Figures (95 % interval)", _figures(measured)
    if card.cost is not None:
        yield "Training took", escape(_cost(card.cost))
    yield "Keep in mind", _list(summary.limits)
    yield "Intended use", escape(card.intended_use)
    made_with = ", ".join(f"{name} {number}" for name, number in card.versions.items())
    yield "Made with", escape(made_with or "not told")


def recipe_text(recipe: PixelRecipe) -> str:
    """How files become what the model sees."""
    windows = ", ".join(map(str, recipe.windows))
    parts = [f"window {windows}" if windows else "through the window that each file names"]
    parts += ["cropped to the disc"] if recipe.fundus_crop else []
    parts += ["with its light evened out"] if recipe.fundus_contrast else []
    return ", ".join(parts)


def _method(card: ModelCard) -> str:
    parts = [method_name(card.method), f"{card.backbone.image_size} px"]
    if card.cost is not None:
        share = card.cost.learnable_share
        parts.append(f"{card.cost.trainable_parameters:,} learnable parameters ({share:.2%})")
    return escape(" · ".join(parts))


def _backbone(summary: ModelSummary) -> str:
    found = summary.backbone
    name = escape(summary.card.backbone.name)
    if found.here:
        return f"{name}<br>✓ On this machine: {escape(found.where)}"
    return f"{name}<br>▲ Not on this machine. {escape(found.remedy)}"


def _data(data: DataCard) -> str:
    splits = [split for split in SPLIT_WORDS if any(split in of for of in data.images.values())]
    rows = [("", [SPLIT_WORDS[split] for split in splits])]
    rows += [
        (name, [f"{counts.get(split, 0):,}" for split in splits])
        for name, counts in data.images.items()
    ]
    if data.patients is None:
        return f"{_table(rows)}Patients were unknown."
    rows.append(("Patients", [f"{data.patients.get(split, 0):,}" for split in splits]))
    return _table(rows)


def _figures(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    heads = [
        f"{SPLIT_WORDS.get(split, split)}, {count_of(found['images'], 'image')}"
        for split, found in metrics.items()
    ]
    rows = [("", heads)]
    for title, name, interval in _FIGURES:
        if any(name in found for found in metrics.values()):
            rows.append((title, [_figure(found, name, interval) for found in metrics.values()]))
    return _table(rows)


def _figure(found: Mapping[str, Any], name: str, interval: str) -> str:
    value, bounds = found.get(name), found.get(interval)
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" ({bounds[0]:.3f}–{bounds[1]:.3f})" if bounds else "")


def _cost(cost: TrainingCost) -> str:
    return (
        f"{duration(cost.preparation_s)} of preparation and {duration(cost.training_s)} of "
        f"training, {size_text(cost.peak_memory_bytes)} of memory on {cost.device}; full "
        f"fine-tuning would need {size_text(cost.full_finetuning_bytes)} (estimate)"
    )


def _table(rows: list[tuple[str, list[str]]]) -> str:
    lines = [
        f"<tr><td style='padding-right:18px'>{escape(name)}</td>"
        + "".join(
            f"<td align='right' style='padding-right:18px'>{escape(cell)}</td>" for cell in cells
        )
        + "</tr>"
        for name, cells in rows
    ]
    return f"<table>{''.join(lines)}</table>"


def _list(sentences: tuple[str, ...]) -> str:
    return "<br>".join(f"• {escape(sentence)}" for sentence in sentences)
