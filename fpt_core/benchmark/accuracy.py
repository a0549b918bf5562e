"""The recommended method against its rivals on repeated test splits of a user's own projects."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from fpt_core.auto.fit import answers, fit, read_summaries
from fpt_core.auto.fold_data import FoldExample
from fpt_core.auto.folds import make_folds
from fpt_core.auto.side_training import SideJob
from fpt_core.benchmark.accuracy_table import summary
from fpt_core.config import AUTO, LEARNING_RATES, TrainingConfig
from fpt_core.dataset.project import Project
from fpt_core.dataset.run_folder import read_json, write_json
from fpt_core.dataset.splits import Item, Shares, assign_splits
from fpt_core.device import resolve_device
from fpt_core.errors import DatasetError
from fpt_core.evaluation.metrics import macro_auc
from fpt_core.events import EpochCompleted, Event, Finished, Progress, StepCompleted
from fpt_core.features.record import StoreSpec, SummedSpec
from fpt_core.features.store import FeatureStore
from fpt_core.jobs.prepare import Prepared, prepare_store
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest
from fpt_core.models.baselines.linear_probe import fit_linear_probe
from fpt_core.models.fpt import backbone_shape
from fpt_core.models.methods import build_network
from fpt_core.training.data import Example, StoreReader, VectorReader
from fpt_core.training.loop import Trainer, TrainingData
from fpt_core.training.memory import images_at_once

RESULTS = "accuracy.json"
"""In the project's folder: the AUC of every method on every split that was computed."""
_ATTENTIVE = "attentive-probe"
_VAL_SHARE = 0.15
"""Of what is not test, for methods that need validation images."""
_STAGE = "Measuring accuracy"

Logits = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class AccuracyPlan:
    """What is measured."""

    projects: tuple[Path, ...]
    seeds: int = 3
    folds_of_test: int = 3
    image_size: int = 512
    backbone: BackboneChoice = field(default_factory=BackboneChoice)
    device: str = "auto"
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """The published recipe; the learning rate and the seed are replaced."""


@dataclass(frozen=True, slots=True)
class _Study:
    """A project with its stores, and its summaries in memory.

    Shape:
        summaries ``(n, F)``; targets ``(n,)``.
    """

    plan: AccuracyPlan
    prepared: Prepared
    shape: dict[str, int]
    class_names: tuple[str, ...]
    items: tuple[Item, ...]
    targets: NDArray[np.int64]
    reader: StoreReader
    vectors: VectorReader
    summaries: NDArray[np.floating[Any]]


def accuracy(plan: AccuracyPlan) -> Generator[Event, None, None]:
    """Measure what was not measured before; every split's figures are kept in the project.

    Closed or killed, it goes on from there when it is started again.

    Raises:
        DatasetError: If a project has too few patients of a class for so many test splits.
    """
    found = {}
    for path in plan.projects:
        project = Project.open(path)
        kept = yield from _measured(project, plan)
        found[project.path.stem] = summary(kept)
    yield Finished(
        {
            "seeds": plan.seeds,
            "folds_of_test": plan.folds_of_test,
            "image_size": plan.image_size,
            "projects": found,
        }
    )


def _measured(
    project: Project, plan: AccuracyPlan
) -> Generator[Event, None, list[dict[str, float | None]]]:
    """The AUC of every method on every split."""
    request = PrepareRequest(project.path, AUTO, plan.backbone, plan.image_size, device=plan.device)
    recipe = project.recipe()
    tokens = yield from prepare_store(
        project, dataclasses.replace(request, method=_ATTENTIVE), recipe
    )
    prepared = yield from prepare_store(project, request, recipe)
    device, spec = resolve_device(plan.device), prepared.reading.spec
    assert isinstance(spec, SummedSpec), "the recommended method reads summaries"
    results = project.path / RESULTS
    kept: dict[str, Any] = read_json(results) if results.exists() else {}
    with (
        FeatureStore[StoreSpec](project.features_dir, spec) as store,
        FeatureStore(project.features_dir, tokens.reading.spec) as vectors,
    ):
        images = [
            i for i in project.examples() if i.image_hash in store and i.image_hash in vectors
        ]
        names = project.class_names
        assert prepared.config is not None, "the method has the shape of FPT+"
        reader = StoreReader(store, prepared.config.side_image_size, device)
        targets = np.array([names.index(i.class_name) for i in images], np.int64)
        examples = [Example(i.image_hash, t) for i, t in zip(images, targets, strict=True)]
        items = tuple(Item(i.image_hash, i.class_name, i.patient or i.image_hash) for i in images)
        study = _Study(
            plan,
            prepared,
            backbone_shape(prepared.backbone),
            names,
            items,
            targets,
            reader,
            VectorReader(vectors, device),
            (yield from read_summaries(reader, examples)),
        )
        splits = list(_splits(study))
        for number, (seed, test) in enumerate(splits):
            key = _key(study, seed, test)
            of_split = kept.setdefault(key, {})
            for method, answer in _METHODS.items():
                yield Progress(f"{_STAGE}: {project.path.stem}", number, len(splits))
                if method not in of_split:
                    logits = yield from answer(study, test, seed)
                    of_split |= _aucs(method, logits, targets[test])
                    write_json(results, kept)
        return [kept[_key(study, seed, test)] for seed, test in splits]


def _splits(study: _Study) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Seed and rows of the test split; no patient is on both sides."""
    plan, groups = study.plan, np.array([item.group for item in study.items])
    for target, name in enumerate(study.class_names):
        patients = len(set(groups[study.targets == target]))
        if patients < plan.folds_of_test:
            raise DatasetError(
                f"Class {name!r} has {patients} patients; {plan.folds_of_test} test splits need "
                "one each.",
                "Ask for fewer with --folds-of-test, or merge the class with another.",
            )
    for seed in range(plan.seeds):
        splitter = StratifiedGroupKFold(plan.folds_of_test, shuffle=True, random_state=seed)
        for _, test in splitter.split(groups, study.targets, groups):
            yield seed, test


def _key(study: _Study, seed: int, test: NDArray[np.intp]) -> str:
    """What a split's figures depend on."""
    hashes = [(study.items[row].image_hash, int(study.targets[row])) for row in test]
    training = dataclasses.asdict(study.plan.training)
    spec = study.prepared.reading.spec.fingerprint
    parts = [spec, seed, training, len(study.items), sorted(hashes)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _aucs(
    method: str, logits: dict[str, Logits], targets: NDArray[np.int64]
) -> dict[str, float | None]:
    return {
        f"{method}{part}": macro_auc(np.exp(rows - rows.max(1, keepdims=True)), targets)
        for part, rows in logits.items()
    }


def _learnt(study: _Study, test: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.setdiff1d(np.arange(len(study.items)), test)


# --- methods ----------------------------------------------------------------------------


_Answered = Generator[Event, None, dict[str, Logits]]
"""Logits of the test images, by what is added to the method's name."""


def _auto(study: _Study, test: NDArray[np.intp], seed: int) -> _Answered:
    """The whole, and what its parts answer alone."""
    learnt = _learnt(study, test)
    items = [study.items[row] for row in learnt]
    folds = make_folds(items, seed)
    examples = tuple(
        FoldExample(item.image_hash, int(target), int(fold))
        for item, target, fold in zip(items, study.targets[learnt], folds.fold, strict=True)
    )
    assert study.prepared.config is not None, "the method has the shape of FPT+"
    with tempfile.TemporaryDirectory(prefix="fpt-accuracy-") as folder:
        job = SideJob(
            study.prepared.config,
            study.shape,
            study.class_names,
            study.reader,
            examples,
            dataclasses.replace(study.plan.training, seed=seed),
            Path(folder),
            None,
        )
        found = yield from _quietly(fit(job, folds, [item.group for item in items]))
    asked = [Example(study.items[row].image_hash, int(study.targets[row])) for row in test]
    whole = answers(study.reader, found.network, asked)
    with torch.inference_mode():
        rows = torch.from_numpy(study.summaries[test]).float()
        probed = found.network.probe.cpu()(rows).numpy()
    return {
        "": whole,
        " without side networks": probed,
        " without probes": whole - probed,
    }


def _published(study: _Study, test: NDArray[np.intp], seed: int) -> _Answered:
    """FPT+ as published, on the same tokens."""
    logits = yield from _by_gradient(study, test, seed, "fpt+", study.reader)
    return {"": logits}


def _attentive(study: _Study, test: NDArray[np.intp], seed: int) -> _Answered:
    logits = yield from _by_gradient(study, test, seed, _ATTENTIVE, study.vectors)
    return {"": logits}


def _by_gradient(
    study: _Study,
    test: NDArray[np.intp],
    seed: int,
    method: str,
    reader: StoreReader | VectorReader,
) -> Generator[Event, None, Logits]:
    learnt = _learnt(study, test)
    items = [study.items[row] for row in learnt]
    split = assign_splits(items, Shares(val=_VAL_SHARE, test=0), seed)
    parts: dict[str, list[Example]] = {"train": [], "val": []}
    for item, target in zip(items, study.targets[learnt], strict=True):
        parts[split[item.group]].append(Example(item.image_hash, int(target)))
    training = dataclasses.replace(
        study.plan.training,
        seed=seed,
        learning_rate=LEARNING_RATES[method],
        batch_size=min(study.plan.training.batch_size, len(parts["train"])),
    )
    torch.manual_seed(seed)
    config = study.prepared.config if method != _ATTENTIVE else None
    network = build_network(method, config, study.prepared.backbone, len(study.class_names))
    device = study.reader.device
    at_once = images_at_once(network, reader.spec, training.batch_size, device, None)
    with tempfile.TemporaryDirectory(prefix="fpt-accuracy-") as folder:
        data = TrainingData(reader, parts["train"], parts["val"])
        checkpoint = Path(folder) / "checkpoint.pt"
        trainer = Trainer(network.to(device), data, training, checkpoint, at_once)
        yield from _quietly(trainer.run())
    trainer.use_best()
    asked = [Example(study.items[row].image_hash, int(study.targets[row])) for row in test]
    found: Logits = trainer.predict(asked)[0].numpy()
    return found


def _linear(study: _Study, test: NDArray[np.intp], seed: int) -> _Answered:
    """Linear probes on the last block's summaries, at every size that was read."""
    yield from ()
    spec = study.prepared.reading.spec
    assert isinstance(spec, SummedSpec)
    sizes = [spec.image_size] if spec.low_size is None else [spec.image_size, spec.low_size]
    width = study.shape["embed_dim"]
    vectors = study.summaries.reshape(len(study.items), len(sizes), -1, width)
    both = vectors.shape[2] == 2 * len(spec.blocks)
    learnt, found = _learnt(study, test), {}
    for place, size in enumerate(sizes):
        last = vectors[:, place, -(1 + both) :]
        read = {"mean": last[:, -1]}
        if both:
            read |= {"class token": last[:, 0], "both": last.reshape(len(last), -1)}
        for name, features in read.items():
            groups = [study.items[row].group for row in learnt]
            probe = fit_linear_probe(
                features[learnt], study.targets[learnt], groups, len(study.class_names)
            ).probe
            with torch.inference_mode():
                rows = torch.from_numpy(np.ascontiguousarray(features[test])).float()
                found[f" {name} {size} px"] = probe(rows).numpy()
    found[""] = found[f" {'both' if both else 'mean'} {sizes[0]} px"]
    return found


_METHODS: dict[str, Callable[[_Study, NDArray[np.intp], int], _Answered]] = {
    "linear-probe": _linear,
    AUTO: _auto,
    "fpt+": _published,
    _ATTENTIVE: _attentive,
}
"""By the name that the whole of their answers goes by."""


def _quietly(events: Generator[Event, None, Any]) -> Generator[Event, None, Any]:
    """Pass on what may be stopped at, without steps and epochs."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            return end.value
        yield Progress(_STAGE, 0, 0) if isinstance(event, StepCompleted | EpochCompleted) else event
