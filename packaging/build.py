"""Build the bundle: PyInstaller by the spec, then what makes it small, whole and told.

    python packaging/build.py [--dist DIR] [--work DIR]

Run it in an environment that holds the program with its extras `onnx` and `bundle`, and
nothing else.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from components import SBOM  # noqa: E402

from fpt_core.installation import MANIFEST, write_manifest  # noqa: E402
from fpt_core.version import __version__  # noqa: E402

SIGN = "FPT_SIGN"
"""Names the command that signs a program of Windows, such as `signtool sign /fd sha256 ...`."""
_UNTOUCHED = ("numpy.libs", "scipy.libs", "pillow.libs", "PySide6")
"""Their libraries were edited after they were linked, which strip may not survive."""


def main() -> int:
    """Build, and print what it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    parser.add_argument("--work", type=Path, default=ROOT / "build")
    arguments = parser.parse_args()
    started = time.monotonic()
    # A package that is missing here would be missing in the bundle, and PyInstaller only warns.
    subprocess.run([sys.executable, "-m", "pip", "check"], check=True)
    run_pyinstaller(arguments.dist, arguments.work)
    bundle = arguments.dist / "FPT Studio"
    finish(bundle)
    size = sum(path.lstat().st_size for path in bundle.rglob("*") if path.is_file())
    print(f"{bundle}: {size / 1e6:,.0f} MB, built in {time.monotonic() - started:.0f} s")
    return 0


def run_pyinstaller(dist: Path, work: Path) -> None:
    """Run it with the seed and the time stamps fixed, so that two builds differ little."""
    command = ["-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(dist), "--workpath", str(work)]
    fixed = {"PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": _time_of_commit()}
    subprocess.run(
        [sys.executable, *command, str(ROOT / "packaging" / "fpt_studio.spec")],
        check=True,
        env=os.environ | fixed,
    )


def finish(bundle: Path) -> None:
    """Make it small, sign it where that is asked, and seal it with the manifest."""
    inner = bundle / "_internal"
    if sys.platform.startswith("linux"):
        strip_libraries(inner)
    if sys.platform != "win32":
        (bundle / "fpt").unlink(missing_ok=True)
        (bundle / "fpt").symlink_to("FPT Studio")
    if sys.platform == "win32" and SIGN in os.environ:
        for program in sorted(bundle.glob("*.exe")):
            subprocess.run([*shlex.split(os.environ[SIGN]), str(program)], check=True)
    shutil.move(inner / SBOM, bundle / SBOM)
    write_manifest(bundle, inner / MANIFEST, __version__)


def strip_libraries(inner: Path) -> None:
    """Take symbols for debuggers out of shared libraries."""
    for path in sorted(inner.rglob("*.so*")):
        if path.is_symlink() or set(path.relative_to(inner).parts) & set(_UNTOUCHED):
            continue
        subprocess.run(["strip", "--strip-unneeded", str(path)], check=True)


def _time_of_commit() -> str:
    command = ["git", "log", "-1", "--format=%ct"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "1700000000"


if __name__ == "__main__":
    sys.exit(main())
