"""Where Hydra finds ltlight's launcher: it loads plugins from packages `hydra_plugins` only.

Importing this lets it find what is in `FOLDER`, when it looks for plugins next.
"""

import sys

from ltlight.config.schema import PACKAGE

FOLDER = str(PACKAGE / "plugins")
if FOLDER not in sys.path:
    sys.path.append(FOLDER)
