"""Arguments that several commands take."""

from __future__ import annotations

import argparse
from pathlib import Path

from fpt_core.config import (
    AUTO,
    IMBALANCE,
    LEARNING_RATES,
    METHODS,
    PROBE_FEATURES,
    TrainingConfig,
)
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest

RANDOM_WEIGHTS = "random"
"""What ``--weights`` takes instead of a file to go on without pretrained weights."""


def add_project(parser: argparse.ArgumentParser) -> None:
    """The project that a command is about."""
    parser.add_argument("project", type=Path, metavar="PROJECT")


def add_training(parser: argparse.ArgumentParser) -> None:
    """The method and how it is trained."""
    defaults = TrainingConfig()
    parser.add_argument("--method", choices=METHODS, default=AUTO)
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--batch-size", type=int, default=defaults.batch_size)
    parser.add_argument("--learning-rate", type=float, help="default: what suits the method")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument(
        "--probe-features",
        choices=PROBE_FEATURES,
        default=defaults.probe_features,
        help="what a linear probe reads",
    )
    parser.add_argument(
        "--search",
        type=float,
        default=defaults.search_budget,
        metavar="RUNS",
        help="what the recommended method spends on searching settings, in plain runs of FPT+",
    )
    parser.add_argument(
        "--imbalance",
        choices=IMBALANCE,
        default=defaults.imbalance,
        help="for classes of unequal size: let errors on rare ones count more, or show them more",
    )
    parser.add_argument(
        "--class-order",
        nargs="+",
        metavar="CLASS",
        default=(),
        help="all classes from least to most, where they are steps of a scale",
    )


def training_config(arguments: argparse.Namespace) -> TrainingConfig:
    """What `add_training` was given.

    Raises:
        ConfigError: If a setting cannot be used.
    """
    given = arguments.learning_rate
    return TrainingConfig(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=LEARNING_RATES[arguments.method] if given is None else given,
        seed=arguments.seed,
        probe_features=arguments.probe_features,
        search_budget=arguments.search,
        imbalance=arguments.imbalance,
        class_order=tuple(arguments.class_order),
    )


def add_preparation(parser: argparse.ArgumentParser) -> None:
    """How features are prepared, and where."""
    parser.add_argument("--backbone", metavar="NAME", help="timm's name; default: the best here")
    parser.add_argument(
        "--weights", metavar="FILE", help=f"weights file, or {RANDOM_WEIGHTS!r} to try without"
    )
    parser.add_argument("--image-size", type=int, metavar="PX")
    parser.add_argument("--dtype", choices=("float16", "int8", "float32"), default="float16")
    parser.add_argument(
        "--memory-limit", type=int, metavar="MB", help="what the whole process may take"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def backbone_choice(name: str | None, weights: str | None) -> BackboneChoice:
    """The choice of ``--backbone`` and ``--weights``."""
    random = weights == RANDOM_WEIGHTS
    file = None if random or weights is None else Path(weights)
    return BackboneChoice(name, file, allow_random=random)


def prepare_request(arguments: argparse.Namespace, method: str) -> PrepareRequest:
    """What `add_preparation` was given, for ``method``."""
    return PrepareRequest(
        project=arguments.project,
        method=method,
        backbone=backbone_choice(arguments.backbone, arguments.weights),
        image_size=arguments.image_size,
        dtype=arguments.dtype,
        memory_limit_mb=arguments.memory_limit,
        device=arguments.device,
    )


def add_inference(parser: argparse.ArgumentParser) -> None:
    """Where a model runs, and on which backbone weights."""
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the backbone's weights")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
