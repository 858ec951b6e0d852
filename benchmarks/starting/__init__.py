"""Starting a function as Lambda does: a fresh interpreter, and of libraries only what is in the package."""
