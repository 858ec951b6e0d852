"""AWS on loopback, as far as a warm API asks it: what answers at once, so that the rest is Slipway's own time."""
