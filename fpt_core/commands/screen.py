"""What the command line shows while a job runs."""

from __future__ import annotations

from typing import Any, TextIO

from tqdm import tqdm

from fpt_core.events import (
    EpochCompleted,
    Event,
    PredictionFailed,
    Progress,
    RunStarted,
    StepCompleted,
    Warned,
)


class Screen:
    """Draws a job's events: one progress bar per stage."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[Any] | None = None
        self._stage = ""
        self._epoch = ""

    def draw(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Progress():
                self._advance(event.stage, event.done, event.total)
            case RunStarted():
                share = event.trainable_parameters / event.total_parameters
                self._say(
                    f"{event.method} on {event.backbone}: {event.trainable_parameters:,} learnable "
                    f"parameters ({share:.2%}); run {event.run_id}"
                )
            case StepCompleted():
                self._advance("Training", event.step, event.total_steps, self._epoch)
            case EpochCompleted():
                auc = "-" if event.val_auc is None else f"{event.val_auc:.3f}"
                self._epoch = f"loss {event.train_loss:.3f}, validation AUC {auc}"
            case Warned():
                self._say(f"Note: {event.message} {event.remedy}")
            case PredictionFailed():
                self._say(f"Left out: {event.message} {event.remedy}")

    def close(self) -> None:
        """End the bar in progress."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._stage = None, ""

    def _advance(self, stage: str, done: int, total: int, text: str = "") -> None:
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = tqdm(
                total=total, desc=f"{stage:<22}", file=self._stream, mininterval=0.2, ncols=100
            )
        assert self._bar is not None, "a stage has a bar"
        if text:
            self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(done - self._bar.n)

    def _say(self, text: str) -> None:
        tqdm.write(text.strip(), file=self._stream)
