"""A VPC of the cluster's own: its parts, how they are found again, and what making them takes."""
