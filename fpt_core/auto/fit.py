"""The recommended method as a whole, on data that is at hand: probe, search, members, join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from fpt_core.auto.cross_probe import CrossProbe, cross_probe, summed
from fpt_core.auto.folds import Folds
from fpt_core.auto.joining import SIDE, Join, join, usual_join
from fpt_core.auto.learning_curve import learning_curve
from fpt_core.auto.side_training import SideJob, out_of_fold, search, until_best
from fpt_core.auto.summary_probe import Logits, log_loss
from fpt_core.evaluation.cross_fit import CrossFit, Tried
from fpt_core.events import Event, Progress
from fpt_core.features.record import SummedSpec
from fpt_core.models.baselines.linear_probe import Features, Targets
from fpt_core.models.ensemble import EnsembleModel, Members
from fpt_core.training.data import Example, StoreReader, in_batches
from fpt_core.training.loop import Trainer

_ALL = "probe at all sizes"
_AT_ONCE = 8
"""Images that are answered, or whose summaries are read, together."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A cross-fitted model.

    Shape:
        logits ``(n, classes)`` out of fold, where ``Folds.judged``; else 0.
    """

    network: EnsembleModel
    logits: Logits
    card: CrossFit


Begun = Callable[[Trainer, EnsembleModel], Iterable[Event]]
"""Told when the members are about to be trained: what is to be told then."""
Went = Callable[[Event, Trainer, EnsembleModel], None]
"""Called with every event of the members' training."""


def fit(
    job: SideJob,
    folds: Folds,
    patients: Sequence[str],
    begun: Begun = lambda *_: (),
    went: Went = lambda *_: None,
) -> Generator[Event, None, Fitted]:
    """Fit the probe, search settings, train the members, and choose how much each counts.

    Args:
        job: What is learned from.
        folds: Over its examples.
        patients: Of its examples.
        begun: See there.
        went: See there.
    """
    classes = len(job.class_names)
    targets = np.array([example.target for example in job.examples], np.int64)
    summaries = yield from read_summaries(job.reader, job.examples)
    probes: dict[str, CrossProbe] = {}
    groups = _groups(job, summaries.shape[1])
    for number, (name, columns) in enumerate(groups.items()):
        yield Progress("Fitting probes", number, len(groups))
        weights = _weights(targets, job)
        probes[name] = cross_probe(summaries, columns, targets, folds, classes, weights)
    settings, tried = yield from search(job, folds.held, job.training.search_budget)
    trainer = job.trainer(settings, folds.held, job.epochs, "checkpoint.pt")
    network = _network(trainer, job)
    _join(network, probes, usual_join((*probes, SIDE)))
    yield from begun(trainer, network)
    for event in until_best(trainer):
        went(event, trainer, network)
        yield event
    found, logits, more = _joined(trainer, probes, targets, folds, job)
    _join(network, probes, found)
    yield Progress("Drawing the learning curve", 0, 1)
    best = probes[_ALL]
    curve = learning_curve(
        summaries, targets, patients, folds, classes, best.strength, job.training.seed
    )
    yield Progress("Drawing the learning curve", 1, 1)
    card = CrossFit(
        folds=folds.number,
        members=len(network.members),
        images=len(targets),
        patients=len(set(patients)),
        shares=dict(found.shares),
        strengths={name: probe.strength for name, probe in probes.items()},
        side=settings,
        epochs=trainer.best_epoch,
        tried=(*_tried_strengths(probes), *tried, *more),
        curve=curve,
        notes=folds.notes,
    )
    return Fitted(network, logits, card)


def answers(
    reader: StoreReader, network: EnsembleModel, examples: Sequence[Example]
) -> NDArray[np.float32]:
    """Logits of the whole ensemble, ``(n, classes)``."""
    network.eval()
    found = []
    with torch.inference_mode():
        for part, rows in reader.stream(list(in_batches(examples, _AT_ONCE))):
            inputs = reader.inputs(part, rows, None)
            assert inputs.summaries is not None, "a store of the recommended method has them"
            found.append(
                network(
                    inputs.side_images,
                    inputs.keys,
                    inputs.values,
                    inputs.key_scales,
                    inputs.value_scales,
                    inputs.summaries,
                ).cpu()
            )
    if not found:
        return np.empty((0, network.probe.linear.out_features), np.float32)
    logits: NDArray[np.float32] = torch.cat(found).numpy()
    return logits


def read_summaries(
    reader: StoreReader, examples: Sequence[Example]
) -> Generator[Event, None, Features]:
    """All summaries, ``(n, F)``."""
    assert isinstance(reader.spec, SummedSpec)
    rows = []
    for _, records in reader.stream(list(in_batches(examples, _AT_ONCE))):
        found = reader.spec.unpack(records).summaries
        assert found is not None, "a store of the recommended method has them"
        rows.append(found.flatten(1).numpy().copy())
        yield Progress("Reading summaries", sum(map(len, rows)), len(examples))
    return np.concatenate(rows)


def _groups(job: SideJob, width: int) -> dict[str, slice]:
    """Summaries that a probe of their own reads, by name.

    A backbone is often at its best on images as small as those that it was pretrained on.
    """
    spec = job.reader.spec
    assert isinstance(spec, SummedSpec)
    groups = {_ALL: slice(0, width)}
    if spec.low_size is not None:
        groups[f"probe at {spec.low_size} px"] = slice(width // 2, width)
    return groups


def _network(trainer: Trainer, job: SideJob) -> EnsembleModel:
    spec = job.reader.spec
    assert isinstance(spec, SummedSpec)
    assert isinstance(trainer.model, Members)
    network = EnsembleModel(
        trainer.model, spec.num_summaries, job.backbone["embed_dim"], len(job.class_names)
    )
    return network.to(job.reader.device)


def _join(network: EnsembleModel, probes: Mapping[str, CrossProbe], found: Join) -> None:
    weights = {name: found.weight(name) for name in probes}
    joint = summed(probes, weights, network.probe.linear.in_features)
    network.probe.load_state_dict(joint.state_dict())
    network.side_weight.fill_(found.weight(SIDE))


def _joined(
    trainer: Trainer,
    probes: Mapping[str, CrossProbe],
    targets: Targets,
    folds: Folds,
    job: SideJob,
) -> tuple[Join, Logits, tuple[Tried, ...]]:
    """How much each counts, the joint answers out of fold, and what was tried."""
    judged = folds.judged
    logits = {name: probe.logits for name, probe in probes.items()}
    if not judged.any():
        return usual_join((*probes, SIDE)), np.zeros_like(logits[_ALL]), ()
    rows = np.flatnonzero(np.isin(folds.fold, folds.held))
    side = np.zeros_like(logits[_ALL])
    side[rows] = out_of_fold(trainer, [job.examples[row] for row in rows])
    logits[SIDE] = side
    found = join({name: part[judged] for name, part in logits.items()}, targets[judged])
    joint = found(logits)
    tried = (
        Tried("side networks alone", log_loss(side[judged], targets[judged])),
        Tried("probes and side networks", log_loss(joint[judged], targets[judged]), True),
    )
    return found, joint, tried


def _tried_strengths(probes: Mapping[str, CrossProbe]) -> tuple[Tried, ...]:
    return tuple(
        Tried(f"{name}, regularisation 1/{strength:g}", loss, strength == probe.strength)
        for name, probe in probes.items()
        for strength, loss in probe.losses.items()
    )


def _weights(targets: Targets, job: SideJob) -> dict[int, float] | None:
    if job.training.imbalance == "as-is":
        return None
    counts = Counter(targets.tolist())  # a fit without batches has no sampling to balance
    return {target: len(targets) / (len(counts) * n) for target, n in counts.items()}
