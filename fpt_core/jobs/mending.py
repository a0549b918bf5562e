"""A damaged record is computed anew, so that the work that met it can go on."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from fpt_core.config import PixelRecipe
from fpt_core.dataset.project import Project
from fpt_core.events import Event, Warned
from fpt_core.features.store import DamagedRecordError, FeatureStore, StoreWriter
from fpt_core.jobs.prepare import prepare_store
from fpt_core.jobs.requests import TrainRequest

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Mender:
    """Repeats work on a store after mending what it met."""

    project: Project
    request: TrainRequest
    recipe: PixelRecipe
    store: FeatureStore[Any]

    def mending(
        self, work: Callable[[], Generator[Event, None, Answer]]
    ) -> Generator[Event, None, Answer]:
        """Do ``work``; where it meets a damaged record, mend that and begin ``work`` again.

        Raises:
            DamagedRecordError: If a record is damaged again.
        """
        mended: set[str] = set()
        while True:
            try:
                return (yield from work())
            except DamagedRecordError as error:
                if error.image_hash in mended:
                    raise
                mended.add(error.image_hash)
                yield Warned(f"{error.message} It is computed anew, and the run goes on.")
                with StoreWriter(self.project.features_dir, self.store.spec) as writer:
                    writer.discard(error.image_hash)
                yield from prepare_store(self.project, self.request.prepare, self.recipe)
                self.store.refresh()
