"""What one would try instead of prompt tuning."""
