"""Where a frozen program is tried: no Python, no network, a home with an awkward name.

On Linux bubblewrap takes away what the program must not need: `/usr/bin`, the network and
the right to write into its own folder. Elsewhere only the home is another.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOME_NAME = "Änna Müller 病院"
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
_SHOWN = ("/etc/fonts", "/usr/share/fonts", "/usr/share/X11", "/usr/share/fontconfig")
_SHOWN += ("/etc/ld.so.cache", "/etc/passwd", "/etc/machine-id", "/tmp/.X11-unix")
_HIDDEN = ("/usr/lib/python3", "/usr/lib/python3.11")


@dataclass(frozen=True)
class Sandbox:
    """Runs the two programs of a bundle away from this machine's own environment."""

    bundle: Path
    home: Path
    images: Path
    """Read-only, beside the home."""

    @property
    def is_closed(self) -> bool:
        """Whether Python and the network are out of reach, not only out of the way."""
        return sys.platform.startswith("linux")

    def fpt(self, *arguments: object, timeout_s: float = 900) -> subprocess.CompletedProcess[str]:
        """Run the console program to its end."""
        return subprocess.run(
            self.command("fpt", *arguments),
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=self.environment(),
            timeout=timeout_s,
            check=False,
        )

    def start(self, program: str, *arguments: object, **pipes: object) -> subprocess.Popen[bytes]:
        """Start a program and leave it running."""
        return subprocess.Popen(self.command(program, *arguments), env=self.environment(), **pipes)  # type: ignore[call-overload,no-any-return]

    def command(self, program: str, *arguments: object) -> list[str]:
        """The command line that runs a program in here."""
        suffix = ".exe" if sys.platform == "win32" else ""
        started = [str(self.bundle / f"{program}{suffix}"), *map(str, arguments)]
        return [*self._bubble(), *started] if self.is_closed else started

    def environment(self) -> dict[str, str]:
        """What the programs see of this process' environment."""
        kept = ("DISPLAY", "SYSTEMROOT", "TEMP", "TMP", "LANG", "OMP_NUM_THREADS")
        shown = {name: os.environ[name] for name in kept if name in os.environ}
        home = {"HOME": str(self.home), "USERPROFILE": str(self.home)}
        home |= {"APPDATA": str(self.home), "LOCALAPPDATA": str(self.home)}
        return {"LANG": "C.UTF-8", **shown, **home, "PATH": "/nowhere"}

    def _bubble(self) -> Sequence[str]:
        links = [path for path in _LIBRARIES if Path(path).is_symlink()]
        read = [path for path in (*_LIBRARIES, *_SHOWN) if Path(path).exists()]
        options: list[str] = ["--unshare-net", "--die-with-parent", "--dev", "/dev"]
        options += ["--proc", "/proc", "--tmpfs", "/tmp"]
        for path in read:
            if path in links:
                options += ["--symlink", os.readlink(path), path]
            else:
                options += ["--ro-bind", path, path]
        for path in _HIDDEN:
            if Path(path).exists():
                options += ["--tmpfs", path]
        for path in (self.bundle, self.images):
            options += ["--ro-bind", str(path), str(path)]
        shared = self.home / "tmp"  # for sockets that several starts must find
        shared.mkdir(exist_ok=True)
        options += ["--bind", str(self.home), str(self.home), "--chdir", str(self.home)]
        bubblewrap = shutil.which("bwrap") or "bwrap"
        return [bubblewrap, *options, "--setenv", "TMPDIR", "/run/fpt", "--bind", str(shared),
                "/run/fpt"]  # fmt: skip
