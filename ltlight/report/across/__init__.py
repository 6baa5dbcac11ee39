"""Several sweeps as one question: which method, whatever the data."""
