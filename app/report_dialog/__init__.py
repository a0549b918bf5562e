"""What a person adds to the report of a run, and the writing of it."""
