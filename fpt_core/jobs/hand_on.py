"""Hand answers of a queue on: a table, overlays, copies sorted into folders by class."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Generator
from pathlib import Path

from fpt_core.answers.answer_file import AnswerFile, QueuedImage
from fpt_core.answers.tables import images_of, write_table
from fpt_core.errors import FptError, ImageError, translate_os_error
from fpt_core.events import Event, Finished, Progress, Warned
from fpt_core.explain.overlay import save_overlay
from fpt_core.images import read_image
from fpt_core.images.source import opened
from fpt_core.images.stack import slices_of
from fpt_core.jobs.predict import layer_of, model_card
from fpt_core.jobs.requests import HandOnRequest

_WITHOUT_CLASS = "not answered"


def hand_on(request: HandOnRequest) -> Generator[Event, None, None]:
    """Write what was asked for; an image that has gone meanwhile is told, the others follow.

    Raises:
        FptError: If the folder cannot be written to.
    """
    written = 0
    with AnswerFile(request.answers) as answers:
        if request.table is not None:
            yield Progress("Writing the table", 0, 1)
            try:
                write_table(request.table, answers, request.numbers, request.all_names)
            except OSError as error:
                raise translate_os_error(error, request.table) from error
        if request.overlays is not None or request.copies is not None:
            explained = True
            for image in images_of(answers, request.numbers):
                try:
                    explained = _write(request, answers, image) and explained
                except ImageError as error:
                    yield Warned(error.message, error.remedy)
                except OSError as error:
                    raise translate_os_error(error, error.filename or image.name) from error
                written += 1
                yield Progress("Writing images", written, len(request.numbers))
            if not explained:
                yield Warned("The model's method tells no evidence: such images have no overlay.")
    yield Finished({"images": len(request.numbers)})


def _write(request: HandOnRequest, answers: AnswerFile, image: QueuedImage) -> bool:
    """Write one image; false where an overlay was wanted of an answer without evidence."""
    name = _file_name(image, request.all_names)
    if request.copies is not None:
        folder = request.copies / _folder_name(image.class_name or _WITHOUT_CLASS)
        folder.mkdir(parents=True, exist_ok=True)
        _copy(image, folder, name)
    event = None if request.overlays is None else answers.answer(image.number)
    if request.overlays is None or event is None:
        return True
    if (layer := layer_of(event, request.layer)) is None:
        return False
    recipe = model_card(request.model, "cpu").recipe
    # The map says itself which part of the whole image it covers.
    whole = dataclasses.replace(recipe, fundus_crop=False, fundus_contrast=False)
    picture = read_image(image.path, whole, image.frame)
    save_overlay(request.overlays / f"{Path(name).stem}.png", picture, layer)
    return True


def _copy(image: QueuedImage, folder: Path, name: str) -> None:
    """Copy the file; of a series each slice, by its number, into a folder of its own."""
    slices = slices_of(image.path)
    copies = {folder / name: image.path}
    if slices:
        folder = folder / name
        folder.mkdir(exist_ok=True)
        copies = {folder / f"{n:05d}{each.suffix}": each for n, each in enumerate(slices, 1)}
    for target, path in copies.items():
        with opened(path) as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)


def _file_name(image: QueuedImage, all_names: bool) -> str:
    """The number keeps apart what lay in different folders, and stands for a withheld name."""
    if image.names_patient and not all_names:
        return f"{image.number:05d}{image.path.suffix}"
    return f"{image.number:05d}-{image.path.name}"


def _folder_name(class_name: str) -> str:
    """A class's name as a folder: what no system takes in a name becomes a dash."""
    name = "".join("-" if c in '<>:"/\\|?*' or ord(c) < 32 else c for c in class_name).strip(". ")
    if not name:
        raise FptError("A class has no name that a folder can have.", "Export the table alone.")
    return name
