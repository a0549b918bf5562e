"""Files of a source, read for the project: their images' hashes, sizes and facts.

Every image is decoded, so that what cannot be read is known at once; a photograph
only at the scale that the facts need. Facts are measured on many images at once, which
costs a third of one by one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from PIL import Image

from fpt_core.config import VolumeAxis
from fpt_core.dataset.facts import measured, squeezed
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.patients import somebody
from fpt_core.dataset.read_pool import Reader
from fpt_core.dataset.records import ImageFacts
from fpt_core.errors import ImageError
from fpt_core.images import apply_recipe
from fpt_core.images.dicom_tags import DicomTags
from fpt_core.images.perceptual_hash import SIDE_PX
from fpt_core.images.pixels import Pixels
from fpt_core.images.quiet import quiet
from fpt_core.images.raster import RasterReader
from fpt_core.images.read import image_in
from fpt_core.images.reader import ImageReader
from fpt_core.images.refusal import unreadable
from fpt_core.images.source import opened

_NAME = "PatientName"
_SMALL_BYTES = 2**20
_ENOUGH_PX = 4 * SIDE_PX
"""On either side, to measure facts: of larger pictures every n-th pixel is taken."""


class ReadTask(NamedTuple):
    """A file to be read."""

    path: Path
    frames: tuple[int, ...]
    """Frames that the source names; empty: ``rule`` chooses."""
    rule: FrameRule
    volume_axis: VolumeAxis = "axial"


class ReadFrame(NamedTuple):
    """One frame of a file that was read."""

    number: int
    image_hash: str
    width: int
    height: int
    facts: ImageFacts


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a file gave. The identifiers are never kept, nor shown by a log."""

    frames: tuple[ReadFrame, ...] = ()
    refusal: str = ""
    """Why frames that were wanted are missing, in words."""
    digest: str = ""
    """SHA-256 of the file."""
    patient_id: str | None = field(default=None, repr=False)
    """As the file itself says it."""
    identifiers: tuple[str, ...] = field(default=(), repr=False)
    """All by which the file names a person."""


def read_images(tasks: Sequence[ReadTask]) -> list[Reading]:
    """Read files; what is wrong with one is told in words, never raised."""
    looks = [_look(task) for task in tasks]
    facts = iter(measured([square for _, squares in looks for square in squares]))
    return [
        dataclasses.replace(
            reading,
            frames=tuple(
                frame._replace(facts=frame.facts._replace(**next(facts)))
                for frame in reading.frames
            ),
        )
        for reading, _ in looks
    ]


def _look(task: ReadTask) -> tuple[Reading, list[Image.Image]]:
    """One file, and for each of its frames the square on which it is still to be measured."""
    frames: list[ReadFrame] = []
    squares: list[Image.Image] = []
    digest, refusal, tags = "", "", None
    try:
        with opened(task.path) as file, quiet:
            content, digest, file_bytes = _hashed(file)
            reader = image_in(content, task.path)
            tags = reader.tags((_NAME,))
            facts = _facts_of_file(reader, tags, file_bytes, task.volume_axis)
            for number in task.frames or task.rule.choose(facts.num_frames):
                (width, height), square = _look_at_frame(reader, task.volume_axis, number, facts)
                key = _frame_hash(digest, task.volume_axis, number, facts.num_frames)
                frames.append(ReadFrame(number, key, width, height, facts))
                squares.append(square)
    except ImageError as error:
        refusal = str(error)
    except Exception as error:  # a decoder of damaged data raises whatever it does
        refusal = str(unreadable(task.path.name, error))
    reading = Reading(tuple(frames), refusal, digest)
    if tags is not None:
        patient_id = somebody(tags.patient_id)
        named = (patient_id, tags.accession_number, somebody(tags.values.get(_NAME, "")))
        identifiers = tuple(filter(None, named))
        reading = dataclasses.replace(reading, patient_id=patient_id, identifiers=identifiers)
    return reading, squares


def content_hashes(
    path: Path, axis: VolumeAxis, wanted: Collection[str]
) -> Iterator[tuple[int, str]]:
    """Frames of a file whose content is wanted, with their hashes; none where it is no image.

    Args:
        path: The file.
        axis: The direction in which volumes are cut.
        wanted: Hashes as an import would give them.
    """
    try:
        with opened(path) as file, quiet:
            content, digest, _ = _hashed(file)
            num_frames = 1 if digest in wanted else image_in(content, path).num_frames(axis)
    except (ImageError, OSError):
        return
    for number in range(num_frames):
        key = _frame_hash(digest, axis, number, num_frames)
        if key in wanted:
            yield number, key


def content_hash(path: Path, frame: int, axis: VolumeAxis) -> str:
    """The hash by which a project knows an image, whether it is in one or not.

    Raises:
        ImageError: If the file is absent or no image.
    """
    with opened(path) as file, quiet:
        content, digest, _ = _hashed(file)
        return _frame_hash(digest, axis, frame, image_in(content, path).num_frames(axis))


def _frame_hash(digest: str, axis: VolumeAxis, number: int, num_frames: int) -> str:
    """Of a file with several frames each has a hash of its own, which its copy shares."""
    if num_frames == 1 and number == 0:
        return digest
    return hashlib.sha256(f"{digest}:{axis}:{number}".encode()).hexdigest()


def _crashed(task: ReadTask) -> Reading:
    return Reading(
        refusal=f"{task.path.name} makes its decoder crash. It is damaged; copy or export it again."
    )


IMAGE_READER = Reader(read_images, _crashed, files_per_s=2000)


def _hashed(file: BinaryIO) -> tuple[BinaryIO, str, int]:
    """Content, SHA-256 and length; a small file is held, as decoders read in many small steps."""
    length = file.seek(0, io.SEEK_END)
    file.seek(0)
    if length > _SMALL_BYTES:
        digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]
        return file, digest.hexdigest(), length
    content = file.read(length)  # so many at once: room for more would be cleared first
    return io.BytesIO(content), hashlib.sha256(content).hexdigest(), len(content)


def _facts_of_file(
    reader: ImageReader, tags: DicomTags | None, file_bytes: int, axis: VolumeAxis
) -> ImageFacts:
    return ImageFacts(
        format=reader.format,
        compression=reader.compression,
        modality="" if tags is None else tags.modality,
        manufacturer="" if tags is None else tags.manufacturer,
        burned_in=None if tags is None else tags.burned_in,
        file_bytes=file_bytes,
        num_frames=reader.num_frames(axis),
    )


def _look_at_frame(
    reader: ImageReader, axis: VolumeAxis, number: int, facts: ImageFacts
) -> tuple[tuple[int, int], Image.Image]:
    """A frame's width and height, and its square."""
    if isinstance(reader, RasterReader) and facts.num_frames == 1 and number == 0:
        size = reader.size
        if (square := reader.square(SIDE_PX)) is not None:
            return size, squeezed(square)
    pixels = reader.read(number, axis)
    height, width = pixels.values.shape[:2]
    return (width, height), squeezed(_shown(pixels))


def _shown(pixels: Pixels) -> Image.Image:
    """A frame as it is shown, in as many pixels as the facts need."""
    height, width = pixels.values.shape[:2]
    step = max(1, min(height, width) // _ENOUGH_PX)
    return Image.fromarray(apply_recipe(pixels.thinned(step))[0])
