"""A platform to try against: it receives as docs/exchange.md says, and fails when it is told to.

It knows nothing of the register and shares no code with what it tests: signatures, digests and
envelopes are made and checked here a second time, from their description.
"""
