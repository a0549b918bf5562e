"""The verbs of the command line as functions: each is a job, a generator of events.

The last event is ``Finished``, whose ``result`` is what the command prints with ``--json``;
``result`` runs a job to it. Close a generator to stop the job: what was done is kept. Every
verb raises ``FptError``, whose ``message`` says what is wrong and whose ``remedy`` what to do.
Paths may be strings; a project's suffix ``.fptproject`` may be left out. Sizes are in pixels,
memory in bytes, times in seconds. Other settings are fields of the request of that name in
``fpt_core.jobs.requests``.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from fpt_core.config import AUTO, LEARNING_RATES, TrainingConfig
from fpt_core.errors import FptError
from fpt_core.events import Event, Finished
from fpt_core.jobs.requests import (
    AuditRequest,
    BackboneChoice,
    CompareRequest,
    EstimateRequest,
    EvaluateRequest,
    ExportRequest,
    ImportRequest,
    PredictRequest,
    PrepareRequest,
    TrainRequest,
)
from fpt_core.jobs.run import run

Events = Generator[Event, None, None]
_BEST_HERE = BackboneChoice()


def result(events: Events) -> dict[str, Any]:
    """Run a job to its end and return what it came to, JSON-ready.

    Raises:
        FptError: If the job fails, or had been stopped.
    """
    found: dict[str, Any] | None = None
    for event in events:
        if isinstance(event, Finished):
            found = dict(event.result)
    if found is None:
        raise FptError("The job was stopped before its end.", "Start it again; it goes on.")
    return found


def import_images(
    project: str | Path, source: str | Path, labels: str | Path | None = None, **settings: Any
) -> Events:
    """Read images into a project, which is made where it is not there, and split them by patient.

    Args:
        project: The project folder.
        source: A folder with a folder for each class, an archive, or a table of files and labels.
        labels: A table of labels for the files under ``source``.
        **settings: Of ``ImportRequest``, such as ``val_share`` and ``test_share``, ``seed``.

    Raises:
        DatasetError: If nothing can be imported.
    """
    table = None if labels is None else Path(labels)
    return run(ImportRequest(Path(project), Path(source), table, **settings))


def audit(project: str | Path, *, privacy: bool = False) -> Events:
    """Look for leaks, copies and shortcuts; or, for ``privacy``, for what names a patient."""
    return run(AuditRequest(Path(project), privacy))


def prepare(
    project: str | Path,
    method: str = AUTO,
    backbone: BackboneChoice = _BEST_HERE,
    **settings: Any,
) -> Events:
    """Compute and store what the frozen backbone sees in every image; only what is missing.

    Args:
        project: The project folder.
        method: One of ``fpt_core.config.METHODS``.
        backbone: Which one, from which weights; the best whose weights are here.
        **settings: Of ``PrepareRequest``: ``image_size``, ``dtype``, ``memory_limit_mb``,
            ``device``.

    Raises:
        WeightsError: If the weights are absent or do not fit.
        StoreError: If the store is damaged or being written by another process.
    """
    return run(PrepareRequest(Path(project), method, backbone, **settings))


def estimate(
    project: str | Path,
    method: str = AUTO,
    training: TrainingConfig | None = None,
    backbone: BackboneChoice = _BEST_HERE,
    **settings: Any,
) -> Events:
    """What ``train`` with the same arguments would take, by a short measurement on this machine.

    The result is what ``fpt_core.jobs.estimates.Estimate.from_dict`` reads.
    """
    prepare = PrepareRequest(Path(project), method, backbone, **settings)
    return run(EstimateRequest(prepare, training or _usual(method)))


def train(
    project: str | Path,
    method: str = AUTO,
    training: TrainingConfig | None = None,
    backbone: BackboneChoice = _BEST_HERE,
    *,
    resume: str | None = None,
    from_run: str | None = None,
    **settings: Any,
) -> Events:
    """Train a model; prepares what is missing by itself.

    Yields ``StepCompleted`` for every step and ``EpochCompleted`` with loss and AUC on the
    validation images; the result names the model file (``model``) and its ``metrics``.

    Args:
        project: The project folder.
        method: One of ``fpt_core.config.METHODS``.
        training: Epochs, batch, learning rate and so on; by default as published, with the
            rate that suits the method.
        backbone: Which one, from which weights; the best whose weights are here.
        resume: Id of a run to go on with, with its own settings.
        from_run: Id of a run whose settings a new run takes.
        **settings: Of ``PrepareRequest``: ``image_size``, ``dtype``, ``memory_limit_mb``,
            ``device``.

    Raises:
        ConfigError: If settings cannot be used or contradict each other.
        DatasetError: If the project cannot be trained on.
        TrainingError: If the loss stops being a number twice, or memory does not suffice.
    """
    prepare = PrepareRequest(Path(project), method, backbone, **settings)
    return run(TrainRequest(prepare, training or _usual(method), resume, from_run))


def evaluate(
    model: str | Path, project: str | Path, split: str = "test", **settings: Any
) -> Events:
    """Measure a model file on one split of a project, its own or one from elsewhere.

    Args:
        model: The ``.fpt`` file.
        project: The project folder.
        split: ``train``, ``val``, ``test`` or ``all``.
        **settings: Of ``EvaluateRequest``, such as ``subgroups`` and ``class_map``.

    Raises:
        BundleError: If the model or its backbone cannot be used.
        DatasetError: If the split is empty, or classes differ and are not mapped.
    """
    return run(EvaluateRequest(Path(model), Path(project), split, **settings))


def predict(model: str | Path, *paths: str | Path, **settings: Any) -> Events:
    """Answer files, and every image below folders, with a ``Predicted`` event each.

    Its ``probabilities`` are one number per name in ``class_names`` and sum to 1; a file that
    cannot be answered is told in ``PredictionFailed``. ``load_model`` answers arrays.

    Args:
        model: The ``.fpt`` file, or an exported ``.onnx`` file.
        *paths: Files and folders.
        **settings: Of ``PredictRequest``: ``heatmaps`` (a folder), ``device``, ``weights``.

    Raises:
        BundleError: If the model or its backbone cannot be used.
    """
    return run(PredictRequest(Path(model), tuple(Path(path) for path in paths), **settings))


def compare(project: str | Path, *runs: str) -> Events:
    """Whether runs differ, paired on the test patients that all of them answered.

    Raises:
        DatasetError: If the runs have no images in common.
        ProjectError: If a run is not there, or keeps no sound predictions.
    """
    return run(CompareRequest(Path(project), runs))


def export(model: str | Path, onnx: str | Path, **settings: Any) -> Events:
    """Write a model and its backbone as one ONNX file, compared with torch before it is kept.

    Raises:
        BundleError: If the model or its backbone cannot be used, or the two differ.
    """
    return run(ExportRequest(Path(model), Path(onnx), **settings))


def _usual(method: str) -> TrainingConfig:
    known = LEARNING_RATES.get(method)  # another method is refused by the job, in words
    return TrainingConfig() if known is None else TrainingConfig(learning_rate=known)
