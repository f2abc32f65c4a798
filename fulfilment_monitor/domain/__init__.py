"""Decides. Pure functions of plain values: no I/O, no clock, no session."""
