"""Augmentation of whole batches of tensors, a draw for every sample."""
