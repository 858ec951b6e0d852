"""The runtime: everything that is zipped into Slipway's Lambda functions.

Read it from the inside out: ``domain`` is pure, ``aws`` is the edge, ``steps`` converge one resource kind
each, ``handlers`` are what Lambda calls.
"""
