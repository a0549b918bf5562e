"""Backbones on this machine, and what a model file says of itself."""
