from __future__ import annotations

from pathlib import Path

import numpy as np

from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.reading import ReadTask, read_file
from tests.images.dicom_files import write_dicom


def test_a_large_scan_with_padding_is_measured(tmp_path: Path) -> None:
    stored = np.full((600, 700), -2000, np.int16)
    stored[100:500, 100:600] = np.arange(500)
    path = write_dicom(tmp_path / "a.dcm", stored, PixelPaddingValue=-2000)
    reading = read_file(ReadTask(path, (), FrameRule(), "axial"))
    (frame,) = reading.frames
    assert (frame.width, frame.height) == (700, 600)
    assert 0.3 < frame.facts.dark_share < 0.7
