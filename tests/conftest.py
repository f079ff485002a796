"""What several modules of tests compare their runs with."""

import pytest

from checks.result import Run
from tests import forked
from tests.kills import reference


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, float]:
    """A run of `tests.kills.SELECTION` in one process, and how long it took."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    forked.noted(folder / "none" / "results.json", folder / "none" / "log", "--collect-only").ended(300)  # imports
    found = reference(forked.noted, folder)
    assert not list(folder.rglob("*journal*"))
    return found
