"""The areas of the pages, each for its readers."""

from . import (
    administration,
    board,
    clerk,
    enterprise,
    evidence_pages,
    officer,
    oversight,
    own,
    public,
    respondent,
)

#: What an application registers, apart from the entrance, which needs a hasher.
BLUEPRINTS = (
    board.bp,
    evidence_pages.bp,
    own.bp,
    clerk.bp,
    respondent.bp,
    enterprise.bp,
    *public.BLUEPRINTS,
    *officer.BLUEPRINTS,
    *oversight.BLUEPRINTS,
    *administration.BLUEPRINTS,
)
