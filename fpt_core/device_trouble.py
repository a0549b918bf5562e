"""What a device says when it runs out of memory, or is gone, told apart and put into words.

By torch's words rather than its types, so that jobs without torch can be watched too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fpt_core.errors import TrainingError

_LACKS_MEMORY = (
    "out of memory",  # CUDA
    "can't allocate memory",  # torch's own allocator, Linux and macOS
    "not enough memory",  # the same on Windows
    "std::bad_alloc",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
_LOST_GPU = ("CUDA error", "CUDA driver error", "CUDNN_STATUS", "CUBLAS_STATUS", "NVML")


class LackOfMemoryError(TrainingError):
    """What was to be computed at once does not fit."""


@contextmanager
def told() -> Iterator[None]:
    """Turn a device's errors into those that a person, or the training loop, can act on.

    Raises:
        LackOfMemoryError: If an allocation failed.
        TrainingError: If the GPU does not answer any more.
    """
    try:
        yield
    except MemoryError as error:
        raise _lack_of_memory() from error
    except RuntimeError as error:
        if any(words in str(error) for words in _LACKS_MEMORY):
            raise _lack_of_memory() from error
        if any(words in str(error) for words in _LOST_GPU):
            raise TrainingError(
                "The graphics card stopped answering: it was removed, reset or overheated, or its "
                "driver failed.",
                "Start the program again, or the computer if that does not help, and go on; a run "
                "resumes from its last checkpoint, also on the processor.",
            ) from error
        raise


def _lack_of_memory() -> LackOfMemoryError:
    return LackOfMemoryError(
        "There is not enough memory, not even for one image at a time.",
        "Close other programs and start again, or choose a smaller image size or backbone; what "
        "was finished is kept.",
    )
