"""What a set of images is like, before anything is trained."""
