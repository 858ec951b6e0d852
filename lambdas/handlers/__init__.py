"""What Lambda calls: one module a function, each no more than an event turned into a call."""
