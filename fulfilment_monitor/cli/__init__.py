"""`fulfilment-monitor …`: every command of docs/interface.md, one module a noun."""

from .entry import main

__all__ = ["main"]
