"""The networks, plain `torch.nn` modules."""
