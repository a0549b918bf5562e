"""The project folder, how sources enter it, and how patients are split."""
