"""Training: a generator of events, its optimiser, checkpoints and memory."""
