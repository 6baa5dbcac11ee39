"""From files to batches: sources, long-tail subsets, sampling, augmentation."""
