"""Benchmarks: each figure stands beside a floor or a peer measured in the same run.

A measurement is a module with `run(place: Place) -> Iterable[Row]`; `__main__` lists them.
"""
