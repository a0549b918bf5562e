"""Import a data set and look at it."""
