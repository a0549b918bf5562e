"""Prove the frozen program, not the source.

    python packaging/bundle_test.py "dist/FPT Studio" [--screenshots DIR] [--only NAME ...]

Run it with the Python that built the bundle: its source gives the answers to compare with.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pydicom
from desktop import Desktop
from PIL import Image
from sandbox import HOME_NAME, Sandbox

ROOT = Path(__file__).parents[1]
GIVEN_MODEL = "given.fpt"
_CLOSE = 1e-5
_START_LIMIT_S = 120
_FIRST_WINDOW_S = 4
_MOST_UNPACKED_BYTES = 1_100_000_000
_KILL_LIMIT_S = 300
_PAPER = (0xFA, 0xFA, 0xFA)
"""The light theme's background."""
_BAR = (0x9F, 0xCB, 0xFF)
"""Its bars of probability."""
_ANSWER_LIMIT_S = 300


class ClaimError(Exception):
    """A claim about the bundle that does not hold."""


def main() -> int:
    """Run the checks in order; exit status 1 where one fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--model", type=Path, help="instead of the one that the demo trains")
    parser.add_argument("--only", nargs="+", choices=[check.__name__ for check in CHECKS])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder, "images")
        copy_images(images)
        home = Path(folder, HOME_NAME)
        home.mkdir()
        if arguments.model is not None:
            shutil.copy(arguments.model, home / GIVEN_MODEL)
        proof = Proof(Sandbox(arguments.bundle.resolve(), home, images), arguments.screenshots)
        wanted = [
            check for check in CHECKS if not arguments.only or check.__name__ in arguments.only
        ]
        failed = [check for check in wanted if not passes(check, proof)]
    return int(bool(failed))


def copy_images(folder: Path) -> None:
    """Every DICOM file of pydicom's package, under a name of its own."""
    source = Path(pydicom.__file__).parent / "data" / "test_files"
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            place = folder / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)


def passes(check: Callable[[Proof], str], proof: Proof) -> bool:
    """Run one check and print a line about it."""
    started = time.monotonic()
    try:
        outcome, passed = check(proof), True
    except (ClaimError, TimeoutError, subprocess.TimeoutExpired) as failure:
        outcome, passed = str(failure), False
    word = "ok    " if passed else "FAILED"
    print(f"{word} {check.__name__:<12} {time.monotonic() - started:6.1f} s  {outcome}", flush=True)
    return passed


class Proof:
    """What the checks share: the sandbox, and what earlier ones made in it."""

    def __init__(self, sandbox: Sandbox, screenshots: Path | None) -> None:
        self.sandbox = sandbox
        self.screenshots = screenshots

    @property
    def demo(self) -> Path:
        """The folder of the demo."""
        return self.sandbox.home / "Prüfung der Übung"

    @property
    def model(self) -> Path:
        """The model file that was given, or the demo's."""
        if (given := self.sandbox.home / GIVEN_MODEL).is_file():
            return given
        found = sorted(self.demo.glob("demo.fptproject/runs/*fpt-plus*/model.fpt"))
        if not found:
            raise ClaimError("the demo left no model")
        return found[0]

    def json(self, *arguments: object) -> dict[str, object]:
        """The answer of a command of the frozen `fpt`."""
        done = self.sandbox.fpt(*arguments, "--json")
        if done.returncode != 0:
            raise ClaimError(f"{arguments[0]} ended with {done.returncode}: {done.stderr[-600:]}")
        return dict(json.loads(done.stdout))


# --- checks -----------------------------------------------------------------------


def libraries(proof: Proof) -> str:
    """Every shared library finds those that it was linked with, in the bundle or in the system."""
    if not sys.platform.startswith("linux"):
        return "not looked at on this system"
    inner = proof.sandbox.bundle / "_internal"
    missing: dict[str, str] = {}
    looked = 0
    for path in (path for path in inner.rglob("*.so*") if not path.is_symlink()):
        looked += 1
        linked = subprocess.run(
            ["ldd", str(path)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"LD_LIBRARY_PATH": str(inner)},  # as the program starts itself
        )
        for line in linked.stdout.splitlines():
            if "not found" in line:
                missing[line.split()[0]] = path.name
    if missing:
        raise ClaimError(f"not found: {missing}")
    return f"{looked} libraries"


def size(proof: Proof) -> str:
    """What it takes on the disk."""
    files = (path.lstat() for path in proof.sandbox.bundle.rglob("*"))
    total = sum(found.st_size for found in files if stat.S_ISREG(found.st_mode))
    if total > _MOST_UNPACKED_BYTES:
        raise ClaimError(f"{total / 1e6:,.0f} MB")
    return f"{total / 1e6:,.0f} MB unpacked, at most {_MOST_UNPACKED_BYTES / 1e6:,.0f} MB"


def doctor(proof: Proof) -> str:
    """Everything works, and the program's files are what they were made."""
    found = proof.json("doctor")
    lacking = [name for name, works in dict(found["decoders"]).items() if not works]  # type: ignore[call-overload]
    if lacking or not str(found["installation"]).startswith("whole"):
        raise ClaimError(f"decoders that do not work: {lacking}; program {found['installation']}")
    if not any(weights["built_in"] for weights in found["weights"]):  # type: ignore[attr-defined]
        raise ClaimError(f"no backbone in the box: {found['built_in_refused']}")
    return f"program {found['installation']}, all decoders, the backbone in the box"


def killed(proof: Proof) -> str:
    """A job that is killed, if time allows while it trains, goes on where it was."""
    silence = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = proof.sandbox.start("fpt", "demo", "--output", proof.demo, **silence)
    project = proof.demo / "demo.fptproject"
    deadline = time.monotonic() + _KILL_LIMIT_S
    try:
        while not any(project.glob("runs/*/checkpoint*")) and time.monotonic() < deadline:
            if process.poll() is not None:
                raise ClaimError(f"the demo ended by itself with {process.returncode}")
            time.sleep(0.2)
    finally:
        for each in (*psutil.Process(process.pid).children(recursive=True), process):
            each.kill()
        process.wait()
    trained = any(project.glob("runs/*/checkpoint*"))
    return "while it trained" if trained else "while it prepared images"


def demo(proof: Proof) -> str:
    """The whole job, by a program that was killed before."""
    result = proof.json("demo", "--output", proof.demo)
    if float(str(result["fpt_plus_test_auc"])) < 0.9:
        raise ClaimError(f"a test AUC of {result['fpt_plus_test_auc']}")
    return f"test AUC {result['fpt_plus_test_auc']}, resumed, {result['seconds']} s"


def predict(proof: Proof) -> str:
    """The same files are read as from source, with the same pixels and answers."""
    frozen, source = proof.sandbox.home / "frozen", proof.sandbox.home / "source"
    model, images = proof.model, proof.sandbox.images
    answers = ["predict", model, images, "--json"]
    done = proof.sandbox.fpt(*answers, "--heatmaps", frozen, "--csv", frozen / "answers.csv")
    kept = ["--heatmaps", str(source), "--csv", str(source / "answers.csv")]
    ours = subprocess.run(
        [sys.executable, "-m", "fpt_core.cli", *map(str, answers), *kept],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or ours.returncode:
        raise ClaimError(f"{done.stderr[-300:]} / from source: {ours.stderr[-300:]}")
    rows, expected = _rows(frozen / "answers.csv"), _rows(source / "answers.csv")
    if rows.keys() != expected.keys():
        raise ClaimError(
            f"other files than from source: {sorted(rows.keys() ^ expected.keys())[:5]}"
        )
    apart = max(abs(rows[name] - expected[name]) for name in rows)
    if apart > _CLOSE:
        raise ClaimError(f"probabilities differ by {apart:.1g}")
    pictures = sorted(path.name for path in source.glob("*.png"))
    other = [name for name in pictures if not _same_pixels(frozen / name, source / name)]
    if other or not pictures:
        raise ClaimError(f"{len(other)} of {len(pictures)} heatmaps differ: {other[:3]}")
    same = f"{len(pictures)} heatmaps the same to the pixel, probabilities to {apart:.0e}"
    return f"{len(rows)} files, {same}"


def export(proof: Proof) -> str:
    """ONNX export with its check, and an answer of the file."""
    path = proof.sandbox.home / "model.onnx"
    result = proof.json("export", proof.model, "--onnx", path)
    image = proof.sandbox.images / "MR_small.dcm"
    answer = proof.json("predict", path, image)
    if answer["answered"] != 1:
        raise ClaimError(f"{path.name} does not answer")
    return f"deviation {result['largest_deviation']}"


def report(proof: Proof) -> str:
    """A report whose every part is made and drawn."""
    result = proof.json("report", proof.model.parent)
    page = Path(str(result["report"])).read_text(encoding="utf-8")
    if "<svg" not in page or "could not be" in page:
        raise ClaimError("a part of the report could not be made or drawn")
    return f"{len(page) / 1e3:.0f} kB"


def damaged(proof: Proof) -> str:
    """A copy that lacks a file, or has one cut off, says which; started by either program."""
    copy = proof.sandbox.home / "Kopie"
    shutil.copytree(proof.sandbox.bundle, copy, symlinks=True, copy_function=os.link)
    try:
        cut = copy / "_internal" / "torch" / "version.py"
        cut.unlink()
        box = Sandbox(copy, proof.sandbox.home, proof.sandbox.images)
        done = box.fpt("doctor")
        if done.returncode != 1 or "torch/version.py" not in done.stderr:
            raise ClaimError(f"status {done.returncode}: {done.stderr[-300:]}")
        if "Traceback" in done.stderr:
            raise ClaimError("a stack trace")
        return done.stderr.strip()[:120]
    finally:
        shutil.rmtree(copy)


def no_screen(proof: Proof) -> str:
    """Without a screen the window says so and ends with status 1."""
    if not sys.platform.startswith("linux"):
        return "not looked at on this system"
    for display in (None, ":987"):
        shown = {"DISPLAY": display} if display else {}
        environment = {k: v for k, v in proof.sandbox.environment().items() if k != "DISPLAY"}
        done = subprocess.run(
            proof.sandbox.command("FPT Studio"),
            capture_output=True,
            text=True,
            env=environment | shown,
            timeout=60,
            check=False,
        )
        if done.returncode != 1 or "no screen" not in done.stderr:
            raise ClaimError(f"DISPLAY={display}: status {done.returncode}: {done.stderr[-300:]}")
    return "a sentence, status 1"


def cold_start(proof: Proof) -> str:
    """A first window from a disk that nothing was read from, in a home that knows nothing."""
    if not sys.platform.startswith("linux"):
        return "not looked at on this system"
    with Desktop(None) as desktop, tempfile.TemporaryDirectory() as home:
        os.environ["DISPLAY"] = desktop.display
        box = Sandbox(proof.sandbox.bundle, Path(home), proof.sandbox.images)
        cold = _forget_files()
        process, seconds = _first_window(box, desktop)
        _close(process, box, desktop)
    caches = "" if cold else ", its files perhaps in memory: this user may not drop caches"
    if seconds > _FIRST_WINDOW_S:
        raise ClaimError(f"first window after {seconds:.1f} s{caches}")
    return f"first window after {seconds:.1f} s, at most {_FIRST_WINDOW_S} s{caches}"


def _forget_files() -> bool:
    """Whether the system let go of the files that it keeps in memory."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")
    except OSError:
        return False
    return True


def _first_window(box: Sandbox, desktop: Desktop) -> tuple[subprocess.Popen[bytes], float]:
    """A running program, and the seconds until its window was drawn."""
    started = time.monotonic()
    # Without stdout and stderr, as a windowed program on Windows has neither.
    silently = ["/bin/sh", "-c", 'exec "$@" >&- 2>&-', "sh"]
    process = subprocess.Popen([*silently, *box.command("FPT Studio")], env=box.environment())
    desktop.wait_for_window("FPT Studio", _START_LIMIT_S)
    _wait(lambda: desktop.count(_PAPER) > 100_000, "no window is drawn", _START_LIMIT_S)
    return process, time.monotonic() - started


def _close(process: subprocess.Popen[bytes], box: Sandbox, desktop: Desktop) -> None:
    process.send_signal(signal.SIGTERM) if not box.is_closed else desktop.press("ctrl+q")
    try:
        status = process.wait(60)
    except subprocess.TimeoutExpired:
        raise ClaimError("it does not close") from None
    left = _processes_of(box.bundle)
    if left or status != 0:
        raise ClaimError(f"status {status}, left behind: {left}")


def window(proof: Proof) -> str:
    """Start, open an image, see an answer, lose the worker, open another, drop one, close."""
    if not sys.platform.startswith("linux"):
        return "not looked at on this system"
    with Desktop(proof.screenshots) as desktop:
        return _walk(proof, desktop)


def _walk(proof: Proof, desktop: Desktop) -> str:
    os.environ["DISPLAY"] = desktop.display
    images = proof.sandbox.images
    process, seconds = _first_window(proof.sandbox, desktop)
    desktop.shoot("1-started")
    files = ["--open", proof.model, "--open", images / "MR_small.dcm"]
    handed = proof.sandbox.start("FPT Studio", *files)
    if handed.wait(_START_LIMIT_S) != 0:
        raise ClaimError(f"a second start ended with {handed.returncode}")
    _wait(lambda: desktop.count(_BAR) > 300, "no answer is shown")
    desktop.shoot("2-answer")
    _kill_worker(process.pid)
    desktop.shoot("3-worker-killed")
    desktop.drag(images / "CT_small.dcm")
    _wait(lambda: desktop.count(_BAR) < 300, "the dropped image is not taken")
    _wait(lambda: desktop.count(_BAR) > 300, "no answer after the worker was killed")
    desktop.shoot("4-dropped")
    _close(process, proof.sandbox, desktop)
    return f"shown in {seconds:.1f} s; answered, worker killed, dropped, closed, none left"


def _kill_worker(pid: int) -> None:
    workers = [
        child
        for child in psutil.Process(pid).children(recursive=True)
        if "--multiprocessing-fork" in child.cmdline()
        and "resource_tracker" not in " ".join(child.cmdline())
    ]
    if not workers:
        raise ClaimError("there is no worker process")
    for worker in workers:
        worker.kill()


def _processes_of(bundle: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["exe", "cmdline"]):
        if process.info["exe"] and Path(process.info["exe"]).is_relative_to(bundle):
            found.append(" ".join(process.info["cmdline"] or []))
    return found


def _wait(condition: Callable[[], bool], otherwise: str, limit_s: float = _ANSWER_LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise ClaimError(otherwise)
        time.sleep(0.1)


def _rows(path: Path) -> dict[str, float]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: float(row["probability"]) for row in csv.DictReader(file)}


def _same_pixels(one: Path, other: Path) -> bool:
    return one.is_file() and np.array_equal(Image.open(one), Image.open(other))


CHECKS = (
    size,
    cold_start,
    libraries,
    doctor,
    killed,
    demo,
    predict,
    export,
    report,
    damaged,
    no_screen,
    window,
)

if __name__ == "__main__":
    sys.exit(main())
