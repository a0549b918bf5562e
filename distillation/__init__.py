"""Makes the backbone in the box: distils a small ViT from a larger one; see README.md."""
