"""A sentence for a person where there is no window yet, and may never be."""

from __future__ import annotations

import shutil
import subprocess
import sys

_DIALOGS = (("zenity", "--error", "--text"), ("kdialog", "--error"), ("xmessage", "-center"))


def tell(sentence: str) -> None:
    """Say it on the terminal; where there is none, in whatever box the system has."""
    if sys.stderr is not None:
        sys.stderr.write(f"fpt-studio: {sentence}\n")
        if sys.stderr.isatty():
            return
    if sys.platform == "win32":
        _tell_windows(sentence)
    else:
        _tell_desktop(sentence)


def _tell_windows(sentence: str) -> None:
    import ctypes

    ctypes.windll.user32.MessageBoxW(None, sentence, "FPT Studio", 0x10)  # type: ignore[attr-defined]


def _tell_desktop(sentence: str) -> None:
    for program, *arguments in _DIALOGS:
        if shutil.which(program) is not None:
            subprocess.run([program, *arguments, sentence], check=False)
            return
