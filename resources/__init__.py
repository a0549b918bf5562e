"""Files that the program ships: icons and pictures."""
