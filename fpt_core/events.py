"""What a running job tells: frozen dataclasses, the one way out of the core.

The command line draws them, the worker process sends them, the window's
engine emits them as signals, a run folder keeps them as ``events.jsonl``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fpt_core.errors import FptError


@dataclass(frozen=True, slots=True)
class Progress:
    """One stage of a job moved on."""

    stage: str
    """What is being done, in words: "Reading images"."""
    done: int
    """Items finished."""
    total: int
    """Items in all; 0 where that is not known yet."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the person should know; the job goes on."""

    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A training run begins, or begins again where it was left."""

    run_id: str
    run_dir: str
    method: str
    backbone: str
    pretrained: bool
    """False: the frozen backbone has random weights; results only show that the program works."""
    class_names: tuple[str, ...]
    trainable_parameters: int
    total_parameters: int
    """Backbone, fusion and side network together."""
    epochs: int
    total_steps: int
    first_step: int
    """0, or the step at which a resumed run goes on."""
    full_finetuning_bytes: int
    """Estimated memory of full fine-tuning with the same backbone, image and batch size, with
    what the process holds already; to compare with ``StepCompleted.memory_bytes``."""


@dataclass(frozen=True, slots=True)
class StepCompleted:
    """One optimiser step."""

    epoch: int
    """From 1."""
    step: int
    """From 1, over the whole run."""
    total_steps: int
    loss: float
    learning_rate: float
    memory_bytes: int
    """Allocated by torch on the GPU in use, otherwise resident memory of the worker."""
    images_per_s: float
    elapsed_s: float
    """Seconds since this start or resumption of the run."""


@dataclass(frozen=True, slots=True)
class EpochCompleted:
    """One pass over the training images, with the validation that followed."""

    epoch: int
    epochs: int
    train_loss: float
    val_loss: float | None
    """``None`` where there are no validation images."""
    val_auc: float | None
    """Macro one-versus-rest AUC; ``None`` where validation holds a single class."""
    is_best: bool
    elapsed_s: float
    """Seconds since this start or resumption of the run."""
    learning_rate: float = 0.0
    """Of the epoch's last step."""
    images_per_s: float = 0.0
    """Of its training steps."""
    memory_bytes: int = 0
    """The most that a step of it was using, as ``StepCompleted`` tells it."""


@dataclass(frozen=True, slots=True)
class TokenMap:
    """A number for each token of the backbone's grid, over all heads and tapped blocks."""

    rows: int
    cols: int
    values: tuple[float, ...]
    """``rows * cols`` numbers in row-major order."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom of the part of the original image the grid covers, in pixels."""


@dataclass(frozen=True, slots=True)
class HeadTokens:
    """Which tokens each head of each tapped block kept, and how strongly each was read.

    Shape:
        patches, attention ``(L, H, m)``, flat.
    """

    blocks: tuple[int, ...]
    """Tapped blocks by their numbers, from 1."""
    heads: int
    patches: tuple[int, ...]
    """Places on the grid in row-major order; below 0 for tokens that are no patch."""
    attention: tuple[float, ...]
    """Of the prompts; the tokens of a head get 1 together."""

    def selected(self, like: TokenMap, block: int | None, head: int | None) -> TokenMap:
        """How often each patch was kept by one block or all, one head or all, from 0 to 1."""
        return self._mean(like, block, head, (1.0,) * len(self.patches))

    def read(self, like: TokenMap, block: int | None, head: int | None) -> TokenMap:
        """How much attention each patch got in one block or all, one head or all."""
        return self._mean(like, block, head, self.attention)

    def _mean(
        self, like: TokenMap, block: int | None, head: int | None, each: tuple[float, ...]
    ) -> TokenMap:
        kept = len(self.patches) // (len(self.blocks) * self.heads)
        blocks = range(len(self.blocks)) if block is None else (block,)
        heads = range(self.heads) if head is None else (head,)
        values = [0.0] * (like.rows * like.cols)
        for number in (b * self.heads + h for b in blocks for h in heads):
            for place in range(number * kept, (number + 1) * kept):
                if self.patches[place] >= 0:
                    values[self.patches[place]] += each[place]
        number_of_heads = len(blocks) * len(heads)
        shares = tuple(value / number_of_heads for value in values)
        return dataclasses.replace(like, values=shares)


@dataclass(frozen=True, slots=True)
class Predicted:
    """The answer to one image."""

    path: str
    class_names: tuple[str, ...]
    probabilities: tuple[float, ...]
    token_map: TokenMap | None
    """*Selected*: how often each token was kept, from 0 to 1."""
    seconds: float
    read: TokenMap | None = None
    """How much of the prompts' attention each token got; all tokens together get 1 at most."""
    evidence: tuple[TokenMap, ...] = ()
    """For each class, how much its logit owes to each token; below 0: against the class."""
    distance: float | None = None
    """From the training images; above 1 it does not look like them. ``None``: it cannot be told."""
    nearest: tuple[str, ...] = ()
    """Hashes of the training images that are nearest."""
    frame: int = 0
    """Of the file, from 0."""
    evidence_of: tuple[tuple[str, float], ...] = ()
    """What read the image, and its share of all evidence."""
    heads: HeadTokens | None = None
    """What each head kept and read, where that was asked for."""

    @property
    def best(self) -> int:
        """Place of the most probable class."""
        return max(range(len(self.class_names)), key=self.probabilities.__getitem__)

    @property
    def is_unlike(self) -> bool:
        """Whether the image is known not to look like the training images."""
        return self.distance is not None and self.distance > 1


@dataclass(frozen=True, slots=True)
class FrameAnswered:
    """The answer to one frame of a file of several."""

    path: str
    frame: int
    """From 0."""
    frames: int
    """Of the file, in all."""
    class_names: tuple[str, ...]
    probabilities: tuple[float, ...]
    distance: float | None = None
    """As ``Predicted`` tells it."""


@dataclass(frozen=True, slots=True)
class PredictionFailed:
    """One image of a request that could not be answered; the others go on."""

    path: str
    message: str
    remedy: str
    frame: int = 0
    """Of the file, from 0."""


@dataclass(frozen=True, slots=True)
class ClassesDiffer:
    """A project has classes that the model does not know; the evaluation cannot go on."""

    unknown: tuple[str, ...]
    """The project's, to be mapped or left out."""
    known: tuple[str, ...]
    """The model's."""


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """A model's answers to the images of one split, beside the truth; a row per image."""

    probabilities: tuple[tuple[float, ...], ...]
    """One per class, as they are given to people: calibrated where the model is."""
    uncalibrated: tuple[tuple[float, ...], ...]
    targets: tuple[int, ...]
    """Place of the true class."""
    patients: tuple[int, ...]
    """Equal for images of one patient; they mean something within the table alone."""
    image_ids: tuple[int, ...] = ()
    """The project's numbers of the images; empty where they are not told."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An evaluation has the answers that it is about; the figures follow."""

    class_names: tuple[str, ...]
    measured: AnswerTable
    chosen_on: AnswerTable | None
    """Images that thresholds may be chosen on; ``None`` where they are not at hand."""
    chosen_on_source: str
    """What those images are, in words."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """What the chosen method would take is known; the methods beside it are still measured."""

    estimate: Mapping[str, Any]
    """As ``Finished`` will carry it, without them."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done."""

    result: Mapping[str, Any] = field(default_factory=dict)
    """JSON-ready: what ``--json`` prints."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job was stopped between two steps, as asked; what was done is kept."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The job could not go on."""

    kind: str
    message: str
    remedy: str

    @classmethod
    def from_error(cls, error: FptError) -> Failed:
        """The event that tells of ``error``."""
        return cls(error.kind, error.message, error.remedy)


Event = (
    Progress
    | Warned
    | RunStarted
    | StepCompleted
    | EpochCompleted
    | Predicted
    | FrameAnswered
    | PredictionFailed
    | ClassesDiffer
    | Answered
    | Estimated
    | Finished
    | Stopped
    | Failed
)


def to_record(event: Event) -> dict[str, Any]:
    """``event`` as JSON-ready values, its type under ``event``."""
    return {"event": type(event).__name__, **dataclasses.asdict(event)}
