"""The scopes of API tokens. A write scope does not imply the read scope."""

SCOPES = frozenset(
    ["projects:manage", "members:manage", "items:read", "items:write", "annotations:read", "annotations:write", "agreement:read", "adjudications:read", "adjudications:write", "guidelines:read", "guidelines:publish", "reviews:write", "suggestions:write", "contracts:write", "releases:read", "releases:publish", "releases:read_sealed", "drift:write", "webhooks:manage", "tokens:manage", "audit:read", "annotators:identify"]
)

_READS = {"guidelines:read"}
BY_ROLE: dict[str, frozenset[str]] = {
    "manager": SCOPES - {"annotations:write", "adjudications:write"},
    "annotator": frozenset({"items:read", "annotations:read", "annotations:write", "agreement:read", "tokens:manage"} | _READS),
    "adjudicator": frozenset(
        {"items:read", "annotations:read", "agreement:read", "adjudications:read", "adjudications:write",
         "reviews:write", "tokens:manage"} | _READS
    ),
    "consumer": frozenset({"agreement:read", "releases:read", "drift:write", "tokens:manage"} | _READS),
}  # fmt: skip


def scopes_of_roles(roles: set[str] | frozenset[str]) -> frozenset[str]:
    """Every scope that a member with these roles may put on a token."""
    return frozenset().union(*(BY_ROLE.get(role, frozenset()) for role in roles))
