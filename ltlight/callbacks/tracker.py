"""An experiment tracker beside a training: what it can't take is said once and ends nothing."""

import logging
from collections.abc import Callable
from typing import Any

from lightning.pytorch.loggers.logger import Logger

log = logging.getLogger(__name__)


class Tracker(Logger):
    """Passes what Lightning logs on to the logger of a tracker, as long as that takes it.

    Attributes:
        lost: whether it has failed; nothing more is passed on then.
    """

    def __init__(self, logger: Logger, named: str, close: Callable[[], None] | None = None) -> None:
        """Wrap one.

        Args:
            logger: of the tracker.
            named: how a message calls it, e.g. ``logger=mlflow``.
            close: ends its run, where `finalize` doesn't.
        """
        super().__init__()
        self.logger, self.named, self._close = logger, named, close
        self.lost = False

    @property
    def name(self) -> str | None:
        """Of the wrapped one."""
        return self.logger.name

    @property
    def version(self) -> int | str | None:
        """Of the wrapped one."""
        return self.logger.version

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """``step`` is the number of epochs done."""
        told = {k: v for k, v in metrics.items() if k != "epoch" and v == v}
        self._pass_on(lambda: self.logger.log_metrics(told, step))

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """As of the wrapped one."""
        self._pass_on(lambda: self.logger.log_hyperparams(params))

    def finalize(self, status: str) -> None:
        """As of the wrapped one."""
        self._pass_on(lambda: self.logger.finalize(status))

    def close(self) -> None:
        """End its run; the next one of this process is another."""
        if self._close is not None:
            self._pass_on(self._close)

    def _pass_on(self, call: Callable[[], Any]) -> None:
        if self.lost:
            return
        try:
            call()
        except Exception as e:  # of a server somewhere: as many kinds as there are servers
            self.lost = True
            told = str(e).splitlines() or [type(e).__name__]
            log.warning(
                "%s failed (%s): the training goes on without it; curves.jsonl has it all",
                self.named,
                told[0],
            )
