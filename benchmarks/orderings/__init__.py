"""Models of the orders in which tools build a cluster: pure functions over one draw of latencies.

They are models of orderings read from the tools' sources, not measurements of the tools.
"""
