"""Downloads from a server on this machine that leads on, cuts, lies and refuses."""

from __future__ import annotations

import hashlib
import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from fpt_core import download
from fpt_core.download import announced, fetch
from fpt_core.errors import DiskFullError, DownloadError
from fpt_core.events import Progress
from tests.hub import Hub, serving

CONTENT = bytes(range(256)) * 20_000
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_PAUSE_S", 0.0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub(CONTENT)) as running:
        yield running


def _fetched(hub: Hub, target: Path) -> list[Progress]:
    events = list(fetch(announced(f"{hub.url}/timm/x/resolve/main/model.safetensors"), target))
    assert all(isinstance(event, Progress) for event in events)
    return events  # type: ignore[return-value]


def test_the_server_is_asked_for_size_and_sum_before(hub: Hub) -> None:
    file = announced(f"{hub.url}/a/model.safetensors")
    assert (file.file_bytes, file.sha256) == (len(CONTENT), SUM)
    assert [wanted for _, wanted in hub.asked] == ["bytes=0-0", "bytes=0-0"]


def test_a_file_comes_whole(hub: Hub, tmp_path: Path) -> None:
    events = _fetched(hub, tmp_path / "models" / "x.safetensors")
    assert (tmp_path / "models" / "x.safetensors").read_bytes() == CONTENT
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["x.safetensors"]
    done = [event.done for event in events]
    assert done == sorted(done)
    assert (events[-1].done, events[-1].total) == (len(CONTENT), len(CONTENT))


def test_a_connection_that_is_cut_is_taken_up_where_it_was(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [1_000_000, 2_000_000]
    _fetched(hub, tmp_path / "x.safetensors")
    assert (tmp_path / "x.safetensors").read_bytes() == CONTENT
    wanted = [wanted for path, wanted in hub.asked if path == "/cdn/file"]
    assert wanted == ["bytes=0-0", "", "bytes=1000000-", "bytes=3000000-"]


def test_a_stopped_download_is_gone_on_with_by_the_next(hub: Hub, tmp_path: Path) -> None:
    target = tmp_path / "x.safetensors"
    events = fetch(announced(f"{hub.url}/a/x.safetensors"), target)
    for event in events:
        assert isinstance(event, Progress)
        if event.done:
            break
    events.close()
    assert not target.exists()
    [part] = tmp_path.iterdir()
    before = part.stat().st_size
    assert 0 < before < len(CONTENT)
    _fetched(hub, target)
    assert target.read_bytes() == CONTENT
    assert hub.asked[-1][1] == f"bytes={before}-"


def test_a_server_without_ranges_starts_again(hub: Hub, tmp_path: Path) -> None:
    hub.takes_ranges, hub.cuts = False, [1_000_000]
    _fetched(hub, tmp_path / "x.safetensors")
    assert (tmp_path / "x.safetensors").read_bytes() == CONTENT


def test_a_file_of_another_sum_is_deleted_and_told(hub: Hub, tmp_path: Path) -> None:
    hub.sha256 = "0" * 64
    with pytest.raises(DownloadError, match=r"arrived damaged: its SHA-256 is .*, not 0000"):
        _fetched(hub, tmp_path / "x.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_part_of_another_version_is_not_gone_on_with(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [1_000_000, 0, 0, 0, 0, 0]
    with pytest.raises(DownloadError, match="connection to 127"):
        _fetched(hub, tmp_path / "x.safetensors")
    with serving(Hub(CONTENT[::-1])) as newer:
        _fetched(newer, tmp_path / "x.safetensors")
    assert (tmp_path / "x.safetensors").read_bytes() == CONTENT[::-1]


def test_a_network_that_brings_nothing_is_told_and_the_part_stays(hub: Hub, tmp_path: Path) -> None:
    hub.cuts = [1_000_000, 0, 0, 0, 0, 0]
    with pytest.raises(DownloadError, match="connection to 127") as told:
        _fetched(hub, tmp_path / "x.safetensors")
    assert "goes on where it was" in told.value.remedy
    assert "USB stick" in told.value.remedy
    [part] = tmp_path.iterdir()
    assert part.stat().st_size == 1_000_000


@pytest.mark.parametrize(("status", "remedy"), [(401, "licence"), (404, "another way")])
def test_a_refusal_is_told(status: int, remedy: str, hub: Hub) -> None:
    hub.status = status
    with pytest.raises(DownloadError, match=f"refuses x.safetensors .{status}") as told:
        announced(f"{hub.url}/a/x.safetensors")
    assert remedy in told.value.remedy


def test_a_file_that_cannot_be_verified_is_not_fetched(hub: Hub) -> None:
    hub.sha256 = "none"
    with pytest.raises(DownloadError, match="does not tell the SHA-256"):
        announced(f"{hub.url}/a/x.safetensors")


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(DownloadError, match="Connection refused"):
        announced(f"http://127.0.0.1:{port}/a/x.safetensors")


def test_a_full_disk_is_told_before(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1_000_000))
    with pytest.raises(DiskFullError, match="needs 5 MB more in"):
        _fetched(hub, tmp_path / "x.safetensors")
    assert hub.asked[-1][1] == "bytes=0-0", "nothing was fetched"
