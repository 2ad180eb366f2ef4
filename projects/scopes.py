"""The scopes of API tokens. A write scope does not imply the read scope."""

SCOPES = frozenset(
    {
        "projects:manage", "members:manage", "items:read", "items:write", "annotations:read", "annotations:write",
        "agreement:read", "adjudications:read", "adjudications:write", "guidelines:read", "guidelines:publish",
        "reviews:write", "suggestions:write", "contracts:write", "releases:read", "releases:publish",
        "releases:read_sealed", "drift:write", "webhooks:manage", "tokens:manage", "audit:read", "annotators:identify",
    }
)  # fmt: skip

_EVERYBODY = frozenset({"guidelines:read", "tokens:manage"})
BY_ROLE: dict[str, frozenset[str]] = {
    "manager": SCOPES - {"annotations:write"},
    "annotator": _EVERYBODY | {"items:read", "annotations:read", "annotations:write", "agreement:read"},
    "adjudicator": _EVERYBODY
    | {
        "items:read",
        "annotations:read",
        "agreement:read",
        "adjudications:read",
        "adjudications:write",
        "reviews:write",
    },
    "consumer": _EVERYBODY | {"agreement:read", "releases:read", "drift:write"},
}

IN_WORDS = {
    "projects:manage": "make projects and change their settings",
    "members:manage": "add, change and remove members",
    "items:read": "read items",
    "items:write": "push items and import files",
    "annotations:read": "read labels",
    "annotations:write": "take items and label them",
    "agreement:read": "read and compute agreement",
    "adjudications:read": "read cases, decisions and gold",
    "adjudications:write": "decide cases",
    "guidelines:read": "read guidelines",
    "guidelines:publish": "write drafts and publish versions",
    "reviews:write": "open reviews and work on them",
    "suggestions:write": "send suggestions of models",
    "contracts:write": "change the contract",
    "releases:read": "read and download releases",
    "releases:publish": "cut and withdraw releases",
    "releases:read_sealed": "read the sealed part of a release",
    "drift:write": "report drift on a release",
    "webhooks:manage": "set up webhooks",
    "tokens:manage": "make and revoke tokens",
    "audit:read": "read the event log",
    "annotators:identify": "see real names of annotators",
}
"""What each scope allows, for the page where tokens are made."""


def scopes_of_roles(roles: set[str] | frozenset[str]) -> frozenset[str]:
    """Every scope that a member with these roles may put on a token."""
    return frozenset().union(*(BY_ROLE.get(role, frozenset()) for role in roles))
