"""The background engine: a thread that owns a worker process."""
