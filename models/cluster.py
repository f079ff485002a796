"""A connection to a Dask cluster; distributed is imported only when one is asked for."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 30


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the Dask scheduler at `address`, or of N processes on this machine for "local[N]".

    Raises ValueError where there is no scheduler or no Dask to ask it with, and when the cluster gives up a task.
    """
    try:
        from distributed import CancelledError, Client, KilledWorker, LocalCluster
    except ModuleNotFoundError as error:
        raise ValueError("a cluster needs Dask distributed: install the extra 'cluster'") from error
    local = re.fullmatch(r"local\[([1-9]\d{0,3})\]", address)
    if not local and "://" not in address:
        raise ValueError(f"cluster must be tcp://HOST:PORT of a Dask scheduler or local[N], got {address!r}")
    with ExitStack() as opened:
        try:
            there = address
            if local:
                # What goes wrong is said once, by whoever asked.
                quiet = {"silence_logs": logging.CRITICAL, "dashboard_address": "127.0.0.1:0"}
                there = opened.enter_context(LocalCluster(n_workers=int(local[1]), threads_per_worker=1, **quiet))
            client = opened.enter_context(Client(there, timeout=CONNECT_SECONDS))
        except (OSError, ValueError) as error:
            raise ValueError(f"cluster must have a scheduler at {address}, got none: {error}") from error
        try:
            yield client
        except (KilledWorker, CancelledError) as error:
            raise ValueError(f"cluster cannot go on: {error or 'its scheduler is gone'}") from error
