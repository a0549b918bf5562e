"""Memory and speed, measured side by side on the machine at hand."""
