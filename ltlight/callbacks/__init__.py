"""Lightning callbacks and the logger: what acts around the steps of a training."""
