"""A finished run on the digits, for several files of tests."""

import pytest

from ltlight.runs.run_folder import RunFolder
from tests.parts import quick_run


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> RunFolder:
    """A run of plain training, at a rate that teaches it something."""
    return quick_run(tmp_path_factory.mktemp("finished"), "optim.lr=0.02")
