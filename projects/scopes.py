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


def scopes_of_roles(roles: set[str] | frozenset[str]) -> frozenset[str]:
    """Every scope that a member with these roles may put on a token."""
    return frozenset().union(*(BY_ROLE.get(role, frozenset()) for role in roles))
