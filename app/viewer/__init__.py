"""The viewer: one image or stack on screen, with the hands of the viewers of the field."""
