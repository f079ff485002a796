"""A plugin that makes a batch of every task, so that each worker of a cluster has some."""

import pytest

from checks import cluster

PLUGIN = "tests.small_batches"


def pytest_configure(config: pytest.Config) -> None:
    cluster.BATCH_SECONDS = 0.0
