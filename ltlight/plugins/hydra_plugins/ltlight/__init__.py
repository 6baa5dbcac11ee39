"""The plugins of ltlight that Hydra loads."""
