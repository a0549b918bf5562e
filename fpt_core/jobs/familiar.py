"""What a run keeps of its training images, to tell later images that are unlike them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from fpt_core.dataset.records import ImageRecord
from fpt_core.evaluation.familiarity import Familiarity, references
from fpt_core.events import Event, Progress
from fpt_core.features.descriptor import of_records
from fpt_core.features.record import PictureSpec
from fpt_core.features.store import FeatureStore

_AT_ONCE = 8


def familiarity(
    store: FeatureStore[Any], images: Sequence[ImageRecord]
) -> Generator[Event, None, Familiarity | None]:
    """The summary of the training images among ``images``.

    ``None`` for methods that change the backbone, whose store holds pictures alone, and where
    the training images are of too few patients.
    """
    learnt = [image for image in images if image.split == "train"]
    if isinstance(store.spec, PictureSpec) or not learnt:
        return None
    kept = [learnt[place] for place in references([image.image_hash for image in learnt])]
    hashes = [image.image_hash for image in kept]
    rows = []
    for start in range(0, len(kept), _AT_ONCE):
        part = hashes[start : start + _AT_ONCE]
        rows.append(of_records(store.read(part)).numpy())
        yield Progress("Summing up images", start + len(part), len(kept))
    patients = [image.patient or image.image_hash for image in kept]
    return Familiarity.of(np.concatenate(rows), hashes, patients)
