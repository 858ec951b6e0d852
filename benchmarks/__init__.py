"""`make bench`: how fast, how dear and how big, on models whose every assumption is named.

Each module that lies directly in this package is one benchmark: it has `run(seeds: int) -> Result`, and its name is
the name under which `python -m benchmarks NAME` runs it. What benchmarks share lies in subpackages.
"""
