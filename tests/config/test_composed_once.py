"""A sweep composes each of its members once, and gives each what it would have had."""

from unittest import mock

from hydra._internal.config_loader_impl import ConfigLoaderImpl

from tests.commands import SHORT, run_here, run_of


def test_members_are_composed_once_and_are_their_own(tmp_path):
    plain, composed = ConfigLoaderImpl.load_configuration, []

    def load(self, *arguments, **options):
        composed.append(1)
        return plain(self, *arguments, **options)

    with mock.patch.object(ConfigLoaderImpl, "load_configuration", load):
        done = run_here("-m", *SHORT, "seed=0,1", "method=baseline,focal", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(composed) == 2 + 4  # the sweep's own, which Hydra looks at twice, and the members'
    for method in ("baseline", "focal"):
        record = run_of(tmp_path, "sweep", method=method).config()
        assert (record["seed"], record["method"]["name"]) == (0, method)
