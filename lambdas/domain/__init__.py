"""What Slipway knows without asking anybody: specs, progress, failures, names. No side effects."""
