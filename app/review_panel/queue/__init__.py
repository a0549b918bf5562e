"""Many images at once: what was dropped, as a table that fills with answers."""
