"""A plugin that lets linear algebra and torch use two threads, which `tests.plugin` keeps them from."""

import pytest
from threadpoolctl import threadpool_limits

PLUGIN = "tests.two_threads"


def pytest_sessionstart(session: pytest.Session) -> None:
    import scipy.linalg  # noqa: F401  loaded libraries alone can be told
    import torch

    threadpool_limits(2)
    torch.set_num_threads(2)
