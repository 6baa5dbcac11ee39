"""Which keys a sweep varies: told by the process that starts it to those that make its members.

In the environment, which a launcher's processes inherit.
"""

import os
from collections.abc import Iterable
from typing import Any

VARIABLE = "LTLIGHT_SWEPT"


def tell_swept(keys: Iterable[str]) -> None:
    """Have the members of a sweep know the keys and groups that it varies, as ``data.ratio``."""
    os.environ[VARIABLE] = ",".join(dict.fromkeys(keys))


def swept(flat: dict[str, Any]) -> dict[str, Any]:
    """What a sweep varies of a configuration by dotted key, a group by its name.

    Returns:
        Nothing of a run by itself.
    """
    keys = os.environ.get(VARIABLE, "").split(",")
    names = [name for key in keys for name in (key, f"{key}.name") if name in flat]
    return {name: flat[name] for name in names}
