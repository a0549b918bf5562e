"""The recommended method: cross-fitted side networks, a probe beside them, and what that shows."""
