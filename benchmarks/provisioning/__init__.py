"""One provisioning on the twin's virtual clock: what was drawn, how long it took, and what it used."""
