"""What Windows shows under Properties of the program."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from fpt_core.version import __version__ as VERSION

_TEMPLATE = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3f, flags=0, OS=0x40004,
                    fileType=1, subtype=0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("CompanyName", "FPT Studio"),
      StringStruct("FileDescription", {name!r}),
      StringStruct("FileVersion", {version!r}),
      StringStruct("InternalName", {name!r}),
      StringStruct("LegalCopyright", "Apache-2.0. For research use only. Not a medical device."),
      StringStruct("OriginalFilename", {file!r}),
      StringStruct("ProductName", "FPT Studio"),
      StringStruct("ProductVersion", {version!r})])]),
    VarFileInfo([VarStruct("Translation", [0x0409, 1200])]),
  ],
)
"""


def write(folder: Path, name: str) -> str:
    """Write the resource of the program ``name`` to ``folder``; returns its path."""
    numbers = (*(int(part) for part in VERSION.split(".")[:3]), 0)
    path = folder / f"{name}.version.txt"
    text = _TEMPLATE.format(numbers=numbers, name=name, version=VERSION, file=f"{name}.exe")
    path.write_text(text, encoding="utf-8")
    return str(path)
