"""Small widgets that receive what they show."""
