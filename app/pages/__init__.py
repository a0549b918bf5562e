"""The pages of the window: one file each, with what it and the window tell each other."""
