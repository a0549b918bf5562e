"""Jobs: a request goes in, events come out."""
