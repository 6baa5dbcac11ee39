"""Where Hydra looks for launchers. What this one does: `ltlight.launcher`."""

from ltlight import launcher


class TogetherLauncher(launcher.Together):
    """`ltlight.launcher.Together` under a name that Hydra loads plugins by."""
