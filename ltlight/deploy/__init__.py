"""A trained run in use: labels and calibrated probabilities of new pictures; ONNX, torch.export."""
