"""What preparation and training are expected to take: torch-free values for the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from fpt_core.errors import FptError


class NotMeasuredError(FptError):
    """Settings that were never measured, at a moment when they cannot be."""

    kind = "not-measured"


@dataclass(frozen=True, slots=True)
class Expected:
    """A figure with the error that it usually has."""

    value: float
    low: float
    high: float

    def __add__(self, other: Expected) -> Expected:
        return Expected(self.value + other.value, self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one method takes with the settings asked for."""

    method: str
    memory_bytes: Expected
    """Peak of the process that prepares and trains, or of the GPU's memory."""
    disk_bytes: Expected
    """Of the feature store; 0 for a method that stores nothing."""
    prepare_s: Expected
    """Of the images that are not prepared yet."""
    train_s: Expected
    """All epochs with their validation, and the final evaluation."""
    fits: bool

    @property
    def seconds(self) -> Expected:
        """Preparation and training."""
        return self.prepare_s + self.train_s


@dataclass(frozen=True, slots=True)
class Alternative:
    """The nearest settings that fit; what is not named stays."""

    method: str
    image_size: int
    batch_size: int
    dtype: str
    text: str
    """What is different, in words."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The result of an ``EstimateRequest``."""

    project: str
    backbone: str
    image_size: int
    batch_size: int
    epochs: int
    dtype: str
    images: int
    to_prepare: int
    """Of the images, those that the feature store does not have yet."""
    device: str
    """``cpu`` or ``cuda``."""
    free_memory_bytes: int
    """Of the computer, or of the GPU, now."""
    free_disk_bytes: int
    """Where the project lies."""
    chosen: Cost
    beside: tuple[Cost, ...]
    """The same with LoRA and with full fine-tuning."""
    problems: tuple[str, ...]
    """Why the chosen settings do not fit, in sentences; empty where they fit."""
    nearest: Alternative | None
    """``None`` where the chosen settings fit, or none that are known do."""
    measured: str
    """When, in ISO format."""
    kept: bool
    """Whether an earlier measurement on this machine served."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what ``Finished`` carries."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Estimate:
        """The estimate that ``to_dict`` wrote."""
        nearest = fields["nearest"]
        return cls(
            **{
                **fields,
                "chosen": _cost(fields["chosen"]),
                "beside": tuple(_cost(cost) for cost in fields["beside"]),
                "problems": tuple(fields["problems"]),
                "nearest": None if nearest is None else Alternative(**nearest),
            }
        )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one run that waits will take, or why that is not known."""

    cost: Cost | None
    why_not: str = ""

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Outlook:
        """The outlook that ``asdict`` wrote."""
        cost = fields["cost"]
        return cls(None if cost is None else _cost(cost), fields["why_not"])


@dataclass(frozen=True, slots=True)
class Forecast:
    """The result of a ``ForecastRequest``."""

    queue: Mapping[int, Outlook] = field(default_factory=dict)
    """By the entry's number; what an entry before it prepares is not counted again."""
    last: Outlook | None = None
    """What is left of the latest run; ``None`` where it cannot go on."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: what ``Finished`` carries."""
        return {
            "queue": {str(number): asdict(outlook) for number, outlook in self.queue.items()},
            "last": None if self.last is None else asdict(self.last),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Forecast:
        """The forecast that ``to_dict`` wrote."""
        last = fields["last"]
        return cls(
            {int(number): Outlook.from_dict(one) for number, one in fields["queue"].items()},
            None if last is None else Outlook.from_dict(last),
        )


def _cost(fields: Mapping[str, Any]) -> Cost:
    figures = ("memory_bytes", "disk_bytes", "prepare_s", "train_s")
    return Cost(**{**fields, **{name: Expected(**fields[name]) for name in figures}})
