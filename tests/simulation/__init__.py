"""Slipway on a virtual clock: the state machines' files and the real step code, disturbed by rule or by seed.

``engine`` lets processes wait in no time; ``machines`` executes state machines on it; ``cloud`` is the AWS that all
calls go to, at one door where ``faults`` strike; ``house`` puts them together; ``life`` says what users want of it;
``invariants`` what must be true of all that has happened. docs/simulation.md tells what is modelled, and what is not.
"""
