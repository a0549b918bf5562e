"""The Evaluate panel: how good a model is, and what a threshold would mean for people."""
