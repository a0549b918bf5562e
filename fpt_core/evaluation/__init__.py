"""How good a model is, and how far that can be known.

Every figure is a function of weights: with ones it is the figure of the data, with the
counts of a resample of patients it is the figure of that resample, so that one matrix
of weights gives the intervals of all of them.
"""
