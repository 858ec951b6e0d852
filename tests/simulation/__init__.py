"""Slipway on a virtual clock: the state machines' files and the real step code, disturbed by rule or by seed.

How it works: ``engine`` lets processes wait in no time, ``interpreter`` and ``machines`` execute state machines on
it, ``cloud`` is the AWS that all calls go to, at one door where ``faults`` strike; ``slipway`` puts them together.

What is tried: ``kills``, ``singles``, ``pairs``, ``nights``, and ``lives``, which are made of ``wishes`` and
``trouble``. What must be true afterwards: ``invariants``, ``portrait``, ``promise``. Whether it would be seen if it
were not: ``mutants``. docs/simulation.md tells what is modelled, and what is not.
"""
