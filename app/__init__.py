"""The window of FPT Studio. It never imports torch: it sends requests and receives events."""
