"""What a job is asked to do: torch-free values that travel to a worker process."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from fpt_core.answers.series_rule import SeriesRule
from fpt_core.config import CalibrationMethod, HeatmapLayer, StoreDtype, TrainingConfig
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.columns import ColumnChoice

LEFT_OUT = "-"
"""What a class is mapped to whose images are not to be measured."""


class Control(Enum):
    """What a running job can be told between two of its events."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Read a source into a project and split it by patient."""

    project: Path
    source: Path
    """A folder, an archive, or a table of files and labels."""
    labels: Path | None = None
    """A table of labels for the files under ``source``."""
    columns: ColumnChoice = field(default_factory=ColumnChoice)
    label_tag: str | None = None
    """Keyword of the DICOM attribute that is the label, such as ``BodyPartExamined``."""
    patient_pattern: str | None = None
    """A regular expression whose first group is the patient in a file's path."""
    frames: FrameRule = field(default_factory=FrameRule)
    """Which frames of a file, or slices of a series, become images."""
    val_share: float = 0.1
    test_share: float = 0.3
    folds: int = 0
    """Cross-validation folds over all that is not test; 0: none."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """Look for what makes a data set misleading, or for identifiers that were kept."""

    project: Path
    privacy: bool = False


@dataclass(frozen=True, slots=True)
class BackboneChoice:
    """Which frozen backbone, from which weights."""

    name: str | None = None
    """A timm name; ``None``: the best one whose weights are on this machine."""
    weights: Path | None = None
    """A weights file; ``None``: the usual places."""
    allow_random: bool = False
    """Use random weights, whatever is on this machine: to try the program, or to compare."""


@dataclass(frozen=True, slots=True)
class PrepareRequest:
    """Compute and store what the frozen backbone sees in every image."""

    project: Path
    method: str = "fpt+"
    backbone: BackboneChoice = field(default_factory=BackboneChoice)
    image_size: int | None = None
    """Pixels; ``None``: the preset's."""
    dtype: StoreDtype = "float16"
    memory_limit_mb: int | None = None
    """What the whole process may take in preparation and training; ``None``: no limit."""
    device: str = "auto"

    @property
    def memory_limit_bytes(self) -> int | None:
        """The limit in bytes."""
        return None if self.memory_limit_mb is None else self.memory_limit_mb * 10**6


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """Train one model; prepares what is missing by itself."""

    prepare: PrepareRequest
    training: TrainingConfig = field(default_factory=TrainingConfig)
    resume: str | None = None
    """Id of a run to go on with; its own settings are then used, but for the device."""
    repeat: str | None = None
    """Id of a run whose settings a new run takes, but for the device."""
    queued: int | None = None
    """Number of the queue's entry that this is; it leaves the queue when the run is there."""


@dataclass(frozen=True, slots=True)
class EstimateRequest:
    """Measure shortly what preparation and training would take on this machine."""

    prepare: PrepareRequest
    training: TrainingConfig = field(default_factory=TrainingConfig)
    afresh: bool = False
    """Measure again, whatever was kept of earlier measurements."""
    beside: tuple[str, ...] = ("lora", "full")
    """Methods that are estimated as well, to compare with."""
    measures: bool = True
    """False: another job needs the machine, so only what was measured before is told."""


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """Tell what the runs that wait will take, and what is left of the last one."""

    project: Path
    measures: bool = True
    """As of ``EstimateRequest``."""


@dataclass(frozen=True, slots=True)
class EvaluateRequest:
    """Measure a model file on one split of a project, its own or one from elsewhere."""

    model: Path
    project: Path
    split: str = "test"
    """train, val, test or all."""
    weights: Path | None = None
    device: str = "auto"
    class_map: tuple[tuple[str, str], ...] = ()
    """The project's name of a class, and the model's, where they differ; ``LEFT_OUT``: neither."""
    by: tuple[str, ...] = ()
    """Columns that divide a patient, such as the eye: figures by patient and value."""
    subgroups: tuple[str, ...] = ()
    """Columns whose groups are measured apart, such as sex."""
    operating_points: tuple[str, ...] = ()
    """Rules such as ``sensitivity=0.95``; empty: those that the model file keeps."""
    prevalence: tuple[tuple[str, float], ...] = ()
    """By class, where predictive values are wanted for other people than these."""
    order: tuple[str, ...] = ()
    """All classes from least to most, where they are steps of a scale; empty: as in training."""
    recalibrate: Path | None = None
    """A model file to write, calibrated on this project's validation images."""
    calibration: CalibrationMethod = "platt"
    """How, where ``recalibrate`` is given."""


@dataclass(frozen=True, slots=True)
class CasesRequest:
    """Tell a model's answer to each image of a split, to go through them one by one."""

    model: Path
    project: Path
    split: str = "val"
    """val, test, or out-of-fold where the model's run has such answers."""
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Compare runs on the test patients that they share."""

    project: Path
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """Answer files, or every image below folders."""

    model: Path
    paths: tuple[Path, ...]
    frame: int = 0
    """Of each file, from 0."""
    weights: Path | None = None
    heatmaps: Path | None = None
    """Folder for one overlay PNG per image."""
    layer: HeatmapLayer = "selected"
    """What the overlays show: tokens selected, read, or evidence for the answer."""
    explain: bool = True
    """Tell with every answer what was read and what speaks for each class."""
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class FramesRequest:
    """Answer every frame of a file or slice of a series, and the whole."""

    model: Path
    path: Path
    """A file, or a folder that holds one series."""
    rule: SeriesRule = field(default_factory=SeriesRule)
    """How the frames' answers become the file's."""
    weights: Path | None = None
    device: str = "auto"
    first: int = 0
    most: int | None = None
    """So many frames, from ``first``; ``None``: all that follow."""


@dataclass(frozen=True, slots=True)
class QueueRequest:
    """Answer many images into a file of answers, and go on with what waits there."""

    model: Path
    answers: Path
    """The file; see ``fpt_core.answers.answer_file``."""
    paths: tuple[Path, ...] = ()
    """Files, folders and archives to add; none: only what waits."""
    rule: SeriesRule = field(default_factory=SeriesRule)
    """How the frames of a file, and the slices of a series, answer for it."""
    weights: Path | None = None
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class HandOnRequest:
    """Write answers of a queue as a table, overlays or sorted copies; what is ``None`` is not."""

    answers: Path
    model: Path
    """It knows how images are read."""
    numbers: tuple[int, ...]
    """Of the images, in the order of the table."""
    table: Path | None = None
    """CSV, or XLSX by its name."""
    overlays: Path | None = None
    """Folder for one PNG per image."""
    copies: Path | None = None
    """Folder in which each class gets one with copies of its images."""
    layer: HeatmapLayer = "evidence"
    all_names: bool = False
    """Also write file names that hold an identifier of the patient."""


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """Answer whatever arrives in a folder, until stopped."""

    model: Path
    folder: Path
    log: Path
    """CSV that is gone on with; the memory of what was answered lies beside it."""
    weights: Path | None = None
    device: str = "auto"
    every_s: float = 2.0
    """Between two looks."""
    settled_s: float = 2.0
    """A file is whole when it has not changed for so long."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Write a model file and its backbone as one ONNX file."""

    model: Path
    onnx: Path
    weights: Path | None = None
    half: bool = False
    """Compute in half precision."""
    check: tuple[Path, ...] = ()
    """Images, or folders of them, on which both are compared; none: on drawn pictures."""


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Write what can be published of a run: a report as HTML and JSON, and a model card."""

    project: Path
    run: str
    output: Path | None = None
    """Folder for the three files; ``None``: the run's own."""
    by: tuple[str, ...] = ()
    """Columns that divide a patient, such as the eye: figures by patient and value."""
    subgroups: tuple[str, ...] | None = None
    """Columns whose groups are measured apart; ``None``: all that were kept and name nobody."""
    prevalence: tuple[tuple[str, float], ...] = ()
    """By class, where predictive values are wanted for other people than these."""
    examples: tuple[int, ...] = ()
    """Ids of the images to show with what the model read; none unless a person picks them."""
    weights: Path | None = None
    """The backbone's weights file, needed for examples alone; ``None``: the usual places."""
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class AddBackboneRequest:
    """Take a weights file into the models folder, under timm's names."""

    file: Path
    """safetensors, pth, pt or bin, of timm, of transformers or of the authors."""
    name: str | None = None
    """timm's name of the architecture; ``None``: the file's name, or what its tensors fit."""


@dataclass(frozen=True, slots=True)
class DownloadBackboneRequest:
    """Fetch an offered backbone into the models folder; whoever asks has been asked first."""

    name: str


Request = (
    ImportRequest
    | AuditRequest
    | PrepareRequest
    | TrainRequest
    | EstimateRequest
    | ForecastRequest
    | EvaluateRequest
    | CasesRequest
    | CompareRequest
    | PredictRequest
    | FramesRequest
    | QueueRequest
    | HandOnRequest
    | WatchRequest
    | ExportRequest
    | AddBackboneRequest
    | DownloadBackboneRequest
    | ReportRequest
)
