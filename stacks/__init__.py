"""Infrastructure: the stack composes and grants, the constructs own resources. Nothing here calls AWS."""
