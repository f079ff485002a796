"""Downloads, from a server on this machine: what arrives is verified, and whatever fails leaves no file behind."""

import errno
import gzip
import hashlib
import io
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pooch
import pytest

from models import datasets
from models.datasets import download, load
from models.datasets.download import Published
from tests.models.datasets.copies import idx, mnist_arrays


class Site:
    """Serves files, each as its behaviour says, and counts what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.behaviour: dict[str, str] = {}
        self.asked: list[str] = []
        self.closing = Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self, self.path.rpartition("/")[2])

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def answer(self, request: BaseHTTPRequestHandler, name: str) -> None:
        self.asked.append(name)
        how, raw = self.behaviour.get(name, "good"), self.files.get(name, b"")
        request.send_response(404 if how == "missing" else 200)
        if how == "silent":
            self.closing.wait(30)
        if how == "encoded":
            request.send_header("Content-Encoding", "x-gzip")
        if how != "unsized":
            request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        if how == "stalled":
            request.wfile.write(raw[:100])
            self.closing.wait(30)
        if how == "changed":
            raw = raw[:-1] + bytes([raw[-1] ^ 1])
        request.wfile.write(raw[: len(raw) // 2] if how in {"cut", "silent", "stalled"} else raw)

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with a small MNIST, which is the published one as far as the loader knows."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    site = Site()
    arrays = {f"{name}-ubyte": idx(array) for name, array in mnist_arrays().items()}
    site.files = {f"{name}.gz": gzip.compress(raw, mtime=0) for name, raw in arrays.items()}
    published = tuple(
        Published(name, len(raw), hashlib.sha256(raw).hexdigest()) for name, raw in site.files.items()
    )  # fmt: skip
    small = replace(datasets.DATA_SETS["mnist"], published=published, addresses=(site.address,))
    monkeypatch.setitem(datasets.DATA_SETS, "mnist", small)
    monkeypatch.setattr(
        datasets.mnist, "OFFICIAL", {name: hashlib.sha256(raw).hexdigest() for name, raw in arrays.items()}
    )
    yield site
    site.close()


def addresses(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    monkeypatch.setitem(datasets.DATA_SETS, "mnist", replace(datasets.DATA_SETS["mnist"], addresses=addresses))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


FIRST = "train-images-idx3-ubyte.gz"


def test_what_is_missing_is_downloaded_and_then_kept(site: Site, tmp_path: Path) -> None:
    images = load("mnist", cache=tmp_path, progress=False)
    np.testing.assert_array_equal(images.train_images[:, 0], mnist_arrays()["train-images-idx3"])
    assert (images.provenance.source, images.provenance.official) == ("download", True)
    assert files(tmp_path) == sorted(site.files)
    assert {name: (tmp_path / "mnist" / name).read_bytes() for name in site.files} == site.files
    asked = len(site.asked)
    again = load("mnist", cache=tmp_path, progress=False).provenance
    assert again == replace(images.provenance, source="cache")
    assert (asked, len(site.asked)) == (4, 4)


def test_only_what_is_missing_or_damaged_is_downloaded(site: Site, tmp_path: Path) -> None:
    load("mnist", cache=tmp_path, progress=False)
    site.asked.clear()
    (tmp_path / "mnist" / FIRST).write_bytes(b"damaged")
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    assert load("mnist", cache=tmp_path, progress=False).provenance.source == "download"
    assert sorted(site.asked) == sorted([FIRST, "t10k-labels-idx1-ubyte.gz"])


def test_a_folder_of_data_is_never_supplemented_from_the_network(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="data must hold"):
        load("mnist", tmp_path, cache=tmp_path)
    assert not site.asked


def test_the_cache_can_be_given_as_data(site: Site, tmp_path: Path) -> None:
    downloaded = load("mnist", cache=tmp_path, progress=False).provenance
    assert load("mnist", tmp_path).provenance == replace(downloaded, source="folder")


def test_the_default_cache_is_the_platforms(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    load("mnist", progress=False)
    assert files(tmp_path / "advtheory" / "mnist") == sorted(site.files)


@pytest.mark.parametrize("how", ["encoded", "unsized"])
def test_the_headers_of_the_server_do_not_change_what_is_stored(site: Site, tmp_path: Path, how: str) -> None:
    site.behaviour[FIRST] = how
    load("mnist", cache=tmp_path, progress=False)
    assert (tmp_path / "mnist" / FIRST).read_bytes() == site.files[FIRST]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", r"the server answered 404"),
        ("changed", r"wrong checksum"),
        ("cut", r"the connection broke off \(\w+\)"),
        ("silent", r"no answer within 0\.2 s"),
        ("stalled", r"no answer within 0\.2 s"),
    ],
)
def test_a_failed_download_is_one_sentence_and_leaves_no_file(
    site: Site, tmp_path: Path, how: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    site.behaviour[FIRST] = how
    host = site.address.split("/")[2]
    failure = rf"^{FIRST} could not be downloaded \({host}: {message}\); name a folder that holds it as data$"
    with pytest.raises(ValueError, match=failure) as caught:
        load("mnist", cache=tmp_path, progress=False)
    assert "\n" not in str(caught.value)
    assert files(tmp_path) == []


def test_a_failed_download_keeps_what_was_verified(site: Site, tmp_path: Path) -> None:
    site.behaviour["t10k-images-idx3-ubyte.gz"] = "cut"
    with pytest.raises(ValueError, match=r"^t10k-images-idx3-ubyte\.gz could not be downloaded"):
        load("mnist", cache=tmp_path, progress=False)
    assert files(tmp_path) == [FIRST, "train-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize("how", ["missing", "changed", "cut"])
def test_the_next_address_is_tried_where_one_fails(
    site: Site, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Site()
    other.files, other.behaviour = site.files, dict.fromkeys(site.files, how)
    addresses(monkeypatch, other.address, site.address)
    try:
        assert load("mnist", cache=tmp_path, progress=False).provenance.source == "download"
    finally:
        other.close()
    assert len(other.asked) == len(site.asked) == 4


def test_without_a_network_every_address_is_named(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = socket.getaddrinfo

    def found(host: str, *arguments: Any, **named: Any) -> Any:
        if host == "name.invalid":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return usual(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    addresses(monkeypatch, "http://127.0.0.1:1/", "http://name.invalid/")
    both = r"\(127\.0\.0\.1:1: no connection \(ConnectionError\); name\.invalid: no connection \(ConnectionError\)\)"
    with pytest.raises(ValueError, match=rf"^{FIRST} could not be downloaded {both}") as caught:
        load("mnist", cache=tmp_path, progress=False)
    assert "\n" not in str(caught.value)
    assert files(tmp_path) == []


class Full(io.FileIO):
    """A file on a disk that is full after 300 bytes."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 300:
            super().write(bytes(data)[: 300 - self.tell()])
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_a_full_disk_is_one_sentence_and_leaves_no_file(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual: Callable[..., Any] = Path.open
    addresses(monkeypatch, site.address, site.address)
    monkeypatch.setattr(download, "CHUNK", 128)
    monkeypatch.setattr(Path, "open", lambda path, mode="r": Full(path, "w") if mode == "wb" else usual(path, mode))
    message = f"cache must be a folder with 1 MB of room for {FIRST}, got {tmp_path}/mnist: No space left on device$"
    with pytest.raises(ValueError, match=message):
        load("mnist", cache=tmp_path, progress=False)
    assert files(tmp_path) == []
    assert site.asked == [FIRST]


def test_an_interrupted_download_leaves_no_file(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(url: str, path: str, bar: Any) -> None:
        Path(path).write_bytes(site.files[FIRST][:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_stream", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load("mnist", cache=tmp_path, progress=False)
    assert files(tmp_path) == []


def test_a_cache_that_is_no_folder_is_one_sentence(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    message = r"^cache must be a folder with 1 MB of room for .*, got .*/file/mnist: Not a directory$"
    with pytest.raises(ValueError, match=message):
        load("mnist", cache=tmp_path / "file", progress=False)
    assert not site.asked


def test_a_download_without_pooch_says_so(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz needs pooch, which is not installed"):
        load("mnist", cache=tmp_path)
    with pytest.raises(ValueError, match="cache folder needs pooch, which is not installed"):
        load("mnist")


def test_a_filled_cache_needs_no_pooch(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load("mnist", cache=tmp_path, progress=False)
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert load("mnist", cache=tmp_path).provenance.source == "cache"


def test_the_progress_bar_names_the_file_and_can_be_left_out(
    site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    load("mnist", cache=tmp_path / "shown")
    shown = capfd.readouterr()
    for name in site.files:
        assert f"{name} from 127.0.0.1" in shown.err
    assert "100%" in shown.err
    load("mnist", cache=tmp_path / "silent", progress=False)
    silent = capfd.readouterr()
    assert (shown.out, silent.out, silent.err) == ("", "", "")


def test_pooch_adds_nothing_to_the_progress_bar(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pooch.get_logger(), "handlers", [caplog.handler])
    pooch.get_logger().setLevel("INFO")
    load("mnist", cache=tmp_path, progress=False)
    assert not [record for record in caplog.records if record.name == pooch.get_logger().name]
