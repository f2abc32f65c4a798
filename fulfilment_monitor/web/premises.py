"""What a page finds when it opens; it shares it with the API."""

from ..premises import Premises, move_in, premises

__all__ = ["Premises", "move_in", "premises"]
