"""The department's pages, put together."""

from . import amending, registering, stating, uploading, waiting
from .desk import bp

__all__ = ["bp"]
_PAGES = (amending, registering, stating, uploading, waiting)
