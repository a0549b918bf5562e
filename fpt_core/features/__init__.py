"""What the frozen backbone saw, computed once per image and kept on disk."""
