"""ltlight: from an imbalanced set of images to an honest before/after report."""
