"""Published files, downloaded into a cache folder: each is verified before it takes its name there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.datasets.files import optional_package, sha256

TIMEOUT = 30
"""Seconds that a server may stay silent."""

CHUNK = 2**16


@dataclass(frozen=True)
class Published:
    """A file as its authors published it: its name, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


def default_cache() -> Path:
    """The platform's cache folder for this suite."""
    return Path(optional_package("pooch", "a download without a cache folder").os_cache("advtheory"))


def fetch(file: Published, folder: Path, addresses: Sequence[str], progress: bool) -> bool:
    """Make sure that the file lies in the folder, trying the addresses in turn; say whether it was downloaded.

    A file there with another checksum is replaced. Raises ValueError with what went wrong at each address, and for a
    folder that cannot be written or is full; nothing incomplete or unverified is left behind.
    """
    path = folder / file.name
    if os.path.isfile(path) and sha256(path) == file.sha256:
        return False
    failures = []
    for address in addresses:
        failure = _download(file, folder, address + file.name, progress)
        if failure is None:
            return True
        failures.append(f"{urlsplit(address).netloc}: {failure}")
    instead = "name a folder that holds it as data"
    raise ValueError(f"{file.name} could not be downloaded ({'; '.join(failures)}); {instead}")


def _download(file: Published, folder: Path, url: str, progress: bool) -> str | None:
    """Download and verify one file; return why the address failed, None where it did not."""
    packages = (optional_package(name, f"downloading {file.name}") for name in ("pooch", "requests", "urllib3", "tqdm"))
    pooch, requests, urllib3, tqdm = packages
    pooch.get_logger().setLevel("WARNING")  # the progress bar says the same
    label = f"{file.name} from {urlsplit(url).netloc}"
    try:
        with tqdm.tqdm(total=file.size, desc=label, unit="B", unit_scale=True, disable=not progress) as bar:
            pooch.retrieve(
                url, f"sha256:{file.sha256}", file.name, folder, downloader=lambda url, to, _: _stream(url, to, bar)
            )
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        return _reason(error)
    except ValueError:  # pooch's word for another checksum
        return "wrong checksum"
    except OSError as error:
        room = f"cache must be a folder with {max(1, file.size // 10**6)} MB of room for {file.name}"
        raise ValueError(f"{room}, got {folder}: {error.strerror or error.__cause__ or error}") from None
    return None


def _stream(url: str, path: str, bar: Any) -> None:
    """Write what the address serves to the path as it is stored, also where the server calls .gz an encoding."""
    requests = optional_package("requests", "a download")
    with requests.get(url, stream=True, timeout=TIMEOUT) as response, Path(path).open("wb") as file:
        response.raise_for_status()
        for chunk in response.raw.stream(CHUNK, decode_content=False):
            file.write(chunk)
            bar.update(len(chunk))


def _reason(error: Any) -> str:
    if getattr(error, "response", None) is not None:
        return f"the server answered {error.response.status_code}"
    kind = type(error).__name__
    if "Timeout" in kind:
        return f"no answer within {TIMEOUT} s"
    unreached = {"ConnectionError", "ProxyError", "SSLError"}
    return f"{'no connection' if kind in unreached else 'the connection broke off'} ({kind})"
