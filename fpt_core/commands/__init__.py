"""The commands of `fpt`, a file each: its arguments, the request they make, what it shows."""
