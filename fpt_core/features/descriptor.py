"""One vector for what the frozen backbone makes of an image, from what a method reads anyway."""

from __future__ import annotations

from torch import Tensor

from fpt_core.features.record import Batch


def of_values(values: Tensor, scales: Tensor | None = None) -> Tensor:
    """The mean value of the tokens that the last tapped block handed over, by head.

    Shape:
        values ``(L, B, H, m, d)``, scales ``(L, B, H, m)`` -> ``(B, H d)`` float32.
    """
    last = values[-1].float()
    if scales is not None:
        last = last * scales[-1].float().unsqueeze(-1)
    return last.mean(2).flatten(1)


def of_vectors(vectors: Tensor) -> Tensor:
    """Class token and mean patch token as they are; of all tokens, their mean.

    Shape:
        ``(B, n, C)`` -> ``(B, n C)`` for at most two vectors, else ``(B, C)``; float32.
    """
    vectors = vectors.float()
    return vectors.flatten(1) if vectors.shape[1] <= 2 else vectors.mean(1)


def of_records(records: Batch | Tensor) -> Tensor:
    """Descriptors of records as a store reads them."""
    if isinstance(records, Batch):
        return of_values(records.values, records.value_scales)
    return of_vectors(records)
