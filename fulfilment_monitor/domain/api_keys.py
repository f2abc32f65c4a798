"""What a key of the API may be used for; a key never reaches further than the body it is of."""

from enum import StrEnum


class Scope(StrEnum):
    """One thing a key is good for; a session of a person is good for all of them."""

    CONTRACTS_READ = "contracts:read"
    CONTRACTS_WRITE = "contracts:write"
    FACTS_WRITE = "facts:write"
    ALERTS_READ = "alerts:read"
    LEADS_READ = "leads:read"
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    #: Complaints another platform hands over.
    COMPLAINTS_PUSH = "complaints:push"
    #: What a channel hands over in its own form, and how its items stand; keys shared with
    #: partners have the same scopes by the same names.
    LEADS_PUSH = "leads:push"
    STATUS_PULL = "status:pull"
    CREDIT_READ = "credit:read"
    EXPORT = "export"
    #: What changed, in order; each kind asks besides for what reading the thing itself asks.
    FEED_READ = "feed:read"
    #: What was told to the own body, and to nobody else.
    FEED_NOTICES = "feed:notices"
