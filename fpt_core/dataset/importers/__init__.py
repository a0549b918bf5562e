"""From the ways in which people keep images to labelled files."""
