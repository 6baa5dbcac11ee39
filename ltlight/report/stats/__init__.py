"""Statistics of a sweep: resamples, differences and their words, rankings, the verdict."""
