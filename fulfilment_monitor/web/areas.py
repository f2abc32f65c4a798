"""The areas of the pages, each for its readers."""

from . import (
    administration,
    board,
    clerk,
    enterprise,
    evidence_pages,
    finding,
    notifications,
    officer,
    oversight,
    own,
    public,
    respondent,
    taking_out,
    vouched,
)

#: What an application registers, apart from the entrance, which needs a hasher.
BLUEPRINTS = (
    board.bp,
    evidence_pages.bp,
    finding.bp,
    taking_out.bp,
    own.bp,
    vouched.bp,
    notifications.bp,
    clerk.bp,
    respondent.bp,
    enterprise.bp,
    *public.BLUEPRINTS,
    *officer.BLUEPRINTS,
    *oversight.BLUEPRINTS,
    *administration.BLUEPRINTS,
)
