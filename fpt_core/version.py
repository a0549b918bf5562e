"""The version, where the window can read it without the rest of the core."""

__version__ = "0.1.0"
