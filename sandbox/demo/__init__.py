"""``make demo``: a sandbox of its own, a real spec through the real API, its run live, and a night."""
