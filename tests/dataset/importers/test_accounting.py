"""Whatever a source is like: every file in it is listed or left out with a reason, once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from fpt_core.errors import FptError
from tests.sources import listed

_FOLDERS = st.sampled_from(["", "a", "b", "train/a", "test/b", "P1", "P2/x", ".hidden"])
_NAMES = st.sampled_from(
    ["1.png", "2.PNG", "x_L.jpg", "x_R.jpg", "é.tif", "v.nii.gz", "IM1", "r.md", "v.raw", ".h.png"]
)
_FILES = st.lists(st.tuples(_FOLDERS, _NAMES), min_size=1, max_size=14, unique=True)
_KEYS = st.sampled_from(
    ["1", "1.png", "a/1.png", "P1/2.PNG", "x_L", "é", "IM1", "", "none", "../1"]
)
_ROWS = st.lists(st.tuples(_KEYS, st.sampled_from(["x", "y", "X", "", "1,0"])), max_size=10)


def _make(root: Path, files: list[tuple[str, str]]) -> set[str]:
    """Empty files, which are told apart by their names; their paths."""
    for folder, name in files:
        path = root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return {str(root / folder / name) for folder, name in files}


def _check(root: Path, expected: set[str], **options: Path) -> None:
    try:
        listing = listed(root, **options)
    except FptError as error:
        assert error.message
        assert error.remedy
        return
    taken = Counter(str(file.path) for file in listing.files)
    left_out = {file.path for file in listing.skipped}
    assert all(file.reason for file in listing.skipped)
    assert all(file.class_name for file in listing.files)
    assert max(taken.values(), default=1) == 1
    hidden = {path for path in expected if "/." in path}
    raw = {path for path in expected if path.endswith(".raw")}
    assert expected - hidden - raw <= taken.keys() | left_out


@settings(max_examples=40, deadline=None)
@given(_FILES)
def test_class_folders(files: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        _check(Path(folder), _make(Path(folder), files))


@settings(max_examples=60, deadline=None)
@given(_FILES, _ROWS)
def test_tables(files: list[tuple[str, str]], rows: list[tuple[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "images"
        root.mkdir()
        expected = _make(root, files)
        text = "\n".join(["file;label", *(";".join(row) for row in rows)])
        for table in (root / "labels.csv", Path(folder) / "outside.csv"):
            table.write_text(text, encoding="utf-8")
            _check(root, expected, labels=table)
        _check(root, expected)
