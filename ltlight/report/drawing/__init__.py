"""What the sections draw with: colours, axes, small multiples, strips of images."""
