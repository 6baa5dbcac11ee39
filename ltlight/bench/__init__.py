"""Speed, side by side with the pipeline a user would write otherwise: `python -m ltlight.bench`."""
