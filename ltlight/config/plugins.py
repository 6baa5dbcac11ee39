"""Where Hydra finds ltlight's launcher: it loads plugins from packages `hydra_plugins` only."""

import sys

from ltlight.config.schema import PACKAGE

FOLDER = PACKAGE / "plugins"


def findable() -> None:
    """Let Hydra find what is in `FOLDER`, when it looks for plugins next."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))


findable()
