"""Train a model and watch it."""
