from __future__ import annotations

from app.dataset_panel.import_summary import import_summary
from fpt_core.events import Finished, Warned


def test_what_was_done_comes_first_then_what_to_know() -> None:
    finished = Finished({"images": 1, "already_there": 3, "skipped": [{}, {}]})

    assert (
        import_summary(finished, [Warned("The patients are not known.", "Use a table.")])
        == "1 new image, 3 already there, 2 files left out. "
        "The patients are not known. Use a table."
    )


def test_many_notes_are_not_all_told() -> None:
    text = import_summary(
        Finished({"images": 1200, "changed": 2, "skipped": []}),
        [Warned(f"Class {number} has no image in the test split.") for number in range(30)],
    )

    assert text.startswith("1,200 new images, 2 changed. Class 0")
    assert "Class 3" not in text
    assert "27 more notes" in text
