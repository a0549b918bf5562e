"""The parts of a report that tell of the model: what it is, how it was trained, how it is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from fpt_core.config import AUTO, TrainingConfig, to_dict
from fpt_core.dataset.run_folder import ENVIRONMENT, read_json
from fpt_core.model_card import ModelCard
from fpt_core.report.material import Material, Part
from fpt_core.report.run_events import read_parameters, read_run_events

_METHODS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "auto": (
            "Cross-fitted fine-grained prompt tuning with probes",
            "the recommended method of FPT Studio",
            "A frozen vision transformer reads the image at high resolution, and large ones at low "
            "resolution too. Small side networks of FPT+, each trained without one fold of the "
            "patients, and linear probes on what all its deeper blocks make of the image answer "
            "together: their log-probabilities are averaged with shares chosen out of fold.",
        ),
        "fpt+": (
            "Fine-grained prompt tuning, FPT+",
            "FPT+",
            "A frozen vision transformer reads the image at high resolution. Of its deeper blocks "
            "the tokens that receive most attention are kept, and a small side network, which "
            "reads a low-resolution copy, learns to use them. Huang et al., TNNLS 2025.",
        ),
        "fpt": (
            "Fine-grained prompt tuning, FPT",
            "FPT",
            "A frozen vision transformer reads the image at high resolution. Of all its blocks "
            "the tokens that receive most attention are kept, and a small side network, which "
            "reads a low-resolution copy, learns to use them. Huang et al., MICCAI 2024.",
        ),
        "linear-probe": (
            "Linear probe",
            "a linear probe",
            "A frozen vision transformer reads the image; a logistic regression on its pooled "
            "features is all that learns.",
        ),
        "attentive-probe": (
            "Attentive probe",
            "an attentive probe",
            "A frozen vision transformer reads the image; one layer of attention over its tokens "
            "is all that learns.",
        ),
        "lora": (
            "Low-rank adaptation, LoRA",
            "LoRA",
            "A vision transformer reads the image; low-rank changes of its weights are learned.",
        ),
        "full": (
            "Full fine-tuning",
            "full fine-tuning",
            "A vision transformer reads the image; all its weights are learned.",
        ),
    }
)
"""By method: its name, the same within a sentence, and what it is."""
_IMBALANCE: Mapping[str, str] = MappingProxyType(
    {
        "as-is": "no class was weighted, none was drawn more often than it occurs",
        "class-weights": "errors on rare classes count more, by how rare they are",
        "balanced-sampling": "rare classes were shown as often as common ones",
    }
)
_NO_TRAINING_LOOP = frozenset({"linear-probe"})
_FEATURES_ALONE = frozenset({"linear-probe", "attentive-probe"})
"""Methods that read what the backbone made of an image, and never the image."""


def method_name(card: ModelCard) -> str:
    """The method's name in full."""
    return _METHODS.get(card.method, (card.method,))[0]


def method_in_words(card: ModelCard) -> str:
    """The method within a sentence."""
    return _METHODS[card.method][1] if card.method in _METHODS else card.method


def method(material: Material) -> Part:
    """The model in full: backbone, shape, learnable parameters, predictors."""
    card = material.card
    parameters = read_parameters(material.folder) if card.cost is None else to_dict(card.cost)
    return {
        "name": method_name(card),
        "words": _METHODS[card.method][2] if card.method in _METHODS else "A method of FPT Studio.",
        "predictors": "It reads the pixels of the image alone, no other data of the patient.",
        "output": f"It answers with a probability for each of {len(card.class_names)} classes; "
        "they sum to 1.",
        "classes": list(card.class_names),
        "backbone": to_dict(card.backbone),
        "shape": None if card.config is None else to_dict(card.config),
        "trainable_parameters": parameters.get("trainable_parameters"),
        "total_parameters": parameters.get("total_parameters"),
    }


def training(material: Material) -> Part:
    """Settings, choice of the final model, hardware, software, and how it went."""
    card, events = material.card, read_run_events(material.folder)
    loop = card.method not in _NO_TRAINING_LOOP
    cost = card.cost
    return {
        "created": material.run.created,
        "settings": _settings(card.training) if loop else _probe_settings(card.training),
        "optimiser": "AdamW, half-cosine schedule, as published" if loop else "L-BFGS",
        "augmentation": _augmentation(card),
        "loss": _loss(card.training),
        "selection": _selection(card, events.best_epoch),
        "best_epoch": events.best_epoch,
        "epochs": [to_dict(epoch) for epoch in events.epochs],
        "preparation_s": None if cost is None else cost.preparation_s,
        "training_s": (events.seconds or None) if cost is None else cost.training_s,
        "peak_bytes": (events.peak_bytes or None) if cost is None else cost.peak_memory_bytes,
        "hardware": _machine(material.folder),
        "software": dict(card.versions),
        "code": "FPT Studio is open source under the licence Apache-2.0.",
    }


def explanation(material: Material) -> Part:
    """What the heatmaps are, and what they are not."""
    if material.card.config is None:
        return {"words": "The method reads no tokens apart, so that there is nothing to lay over "
                "an image.", "validated": False}  # fmt: skip
    return {
        "words": "A heatmap shows how often each part of an image was among the tokens that the "
        "frozen backbone handed over: what the model could read in detail, not what decided. Its "
        "agreement with what a reader would mark was not studied.",
        "validated": False,
    }


def use(material: Material) -> Part:
    """Who uses the model, on what, with what input, and what is refused."""
    return {
        "intended": material.card.intended_use,
        "users": "A person chooses image files in FPT Studio, or a program calls it; nobody must "
        "mark, crop or measure anything. Judging the answer takes somebody who can read such "
        "images.",
        "poor_input": "A file that is damaged or no image is refused in words, without an answer. "
        "Whether a readable image is of the right kind or good enough is not judged: that is left "
        "to the person. The command fpt evaluate tells how images from elsewhere differ.",
        "interface": _interface(material.card),
    }


def _machine(folder: Path) -> Part:
    """The machine that the run recorded, in words; empty where it recorded none."""
    path = folder / ENVIRONMENT
    if not path.is_file():
        return {}
    found = read_json(path)
    memory = found.get("memory_bytes")
    told = {
        "computed on": found.get("device"),
        "graphics card": found.get("gpu"),
        "processor": found.get("processor"),
        "cores": found.get("cores"),
        "threads used": found.get("threads"),
        "memory": f"{memory / 1e9:.0f} GB" if isinstance(memory, int) else None,
        "system": found.get("system"),
    }
    return {name: value for name, value in told.items() if value}


def _settings(training: TrainingConfig) -> Part:
    """Numbers; what is done about classes is told with the loss."""
    told_apart = ("imbalance", "class_order", "probe_features")
    return {name: value for name, value in to_dict(training).items() if name not in told_apart}


def _probe_settings(training: TrainingConfig) -> Part:
    return {"features": training.probe_features.replace("_", " "), "seed": training.seed}


def _loss(training: TrainingConfig) -> str:
    order = ""
    if training.class_order:
        order = f" Classes are steps, {' < '.join(training.class_order)}: a far miss costs more."
    return f"Cross-entropy; {_IMBALANCE[training.imbalance]}.{order}"


def _augmentation(card: ModelCard) -> str:
    if card.method in _FEATURES_ALONE:
        return "None: what the backbone makes of an image is computed once."
    what = "Of the low-resolution copy alone" if card.config is not None else "Of every image"
    return (
        f"{what}: random crop of 80 to 100 % of the area, horizontal flip, brightness and contrast "
        "by up to 20 %."
    )


def _selection(card: ModelCard, best_epoch: int | None) -> str:
    if card.method in _NO_TRAINING_LOOP:
        return (
            "Of several strengths of regularisation, the one with the lowest loss in "
            "cross-validation over training patients."
        )
    if card.method == AUTO:
        return (
            "Settings, shares and the epoch by the loss of answers out of fold, the epoch's "
            "smoothed over its neighbours."
        )
    kept = "" if best_epoch is None else f" It was epoch {best_epoch}."
    return (
        "The weights of the epoch with the highest validation AUC, of equal ones that with the "
        f"lowest validation loss.{kept}"
    )


def _interface(card: ModelCard) -> str:
    needs = (
        "it holds the whole network"
        if card.holds_backbone
        else "it needs the backbone's weights named under Method"
    )
    return (
        "The model file (.fpt) holds the learned weights, the recipe for pixels, the calibration "
        f"and the thresholds; {needs}. The command fpt predict answers images; fpt export writes "
        "one ONNX file with all weights, which needs neither torch nor this program."
    )
