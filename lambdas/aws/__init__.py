"""The edge: clients, error answers and the registry. Nothing else in the runtime talks to AWS."""
