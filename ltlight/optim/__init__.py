"""SGD that never stores the gradient of a wide layer, SAM, and learning-rate schedules."""
