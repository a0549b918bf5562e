from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from app.review_panel.queue.given import Given, given_by
from tests.pictures import write_image


def test_files_of_a_file_manager_and_paths_as_text_are_files(tmp_path: Path) -> None:
    image = write_image(tmp_path / "name with ä.png", 1)
    dropped, pasted, quoted = QMimeData(), QMimeData(), QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(image)), QUrl.fromLocalFile(str(tmp_path))])
    pasted.setText(str(image))
    quoted.setText(f'"{image}"\n{tmp_path}\n')
    assert given_by(dropped) == Given((image, tmp_path))
    assert given_by(pasted) == Given((image,))
    assert given_by(quoted) == Given((image, tmp_path))


def test_a_picture_dragged_from_a_browser_is_its_pixels_and_nothing_is_fetched() -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/picture.png")])
    assert given_by(data) == Given()
    picture = QImage(3, 2, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    data.setImageData(picture)
    given = given_by(data)
    assert given.paths == ()
    assert given.picture is not None
    assert given.picture.size() == picture.size()


def test_other_text_is_nothing() -> None:
    data = QMimeData()
    data.setText("a letter")
    assert given_by(data) == Given()
