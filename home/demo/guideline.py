"""The demo project's guideline: version 1 leaves money back to the reader, version 2 does not."""

from typing import Any

QUESTION = "category"
FIELDS = [
    {"name": "text", "type": "text", "title": "Ticket", "required": True, "language": "en"},
]
LABEL_SCHEMA: dict[str, Any] = {
    "questions": [
        {
            "name": QUESTION,
            "kind": "choice",
            "title": "What is the ticket about?",
            "required": True,
            "labels": [
                {"value": "billing", "title": "Billing", "shortcut": "b", "clause": "billing"},
                {"value": "cancellation", "title": "Cancellation", "shortcut": "c", "clause": "cancellation"},
                {"value": "technical", "title": "Technical fault", "shortcut": "t", "clause": "technical"},
                {"value": "account", "title": "Account", "shortcut": "a", "clause": "account"},
                {"value": "other", "title": "Something else", "shortcut": "o", "clause": "other"},
            ],
        },
        {
            "name": "urgency",
            "kind": "rating",
            "title": "How urgent is it for the customer?",
            "required": True,
            "min": 1,
            "max": 4,
            "labels": {"1": "can wait", "4": "blocked now"},
            "clause": "urgency",
        },
    ]
}


def _clause(key: str, title: str, definition: str, use: str, avoid: str, **more: Any) -> dict[str, Any]:
    return {
        "key": key, "title": title, "definition": definition, "use_when": use, "avoid_when": avoid,
        "examples": more.pop("examples", []), **more,
    }  # fmt: skip


def clauses() -> list[dict[str, Any]]:
    """The clauses of version 1."""
    return [
        _clause(
            "billing", "Billing", "Anything about **money**: invoices, charges, prices, payment methods, refunds.",
            "The customer asks about an amount, a bill or a payment.", "There is no money in the ticket.",
            question=QUESTION, label="billing",
            examples=[{"text": "My card was charged twice.", "answer": "billing", "why": "A charge."}],
        ),
        _clause(
            "cancellation", "Cancellation", "The customer wants to **leave** or to undo a purchase.",
            "The customer ends a plan, or wants the money back.", "The customer stays and only asks about a bill.",
            question=QUESTION, label="cancellation",
            examples=[{"text": "Please end my plan in May.", "answer": "cancellation", "why": "The plan ends."}],
        ),
        _clause(
            "technical", "Technical fault", "Something in the product **does not work**.",
            "A page, an export, a search or an upload fails.", "The fault is about signing in: that is *account*.",
            question=QUESTION, label="technical",
            examples=[{"text": "The export stops.", "answer": "technical", "why": "A fault of the product."}],
        ),
        _clause(
            "account", "Account", "Sign-in, seats, e-mail addresses, administrators.",
            "The customer cannot get in, or changes who may.", "The whole subscription ends.",
            question=QUESTION, label="account",
            examples=[{"text": "The password link never arrives.", "answer": "account", "why": "Sign-in."}],
        ),
        _clause(
            "other", "Something else", "None of the others.", "No other label fits.", "Another label fits in part.",
            question=QUESTION, label="other",
        ),
        _clause(
            "urgency", "Urgency", "How much the customer's own work is held up **now**, as the ticket says it.",
            "4 when nothing can be done without an answer; 1 when any day will do.",
            "Do not rate the tone: an angry question about a newsletter is still 1.", question="urgency",
        ),
    ]  # fmt: skip


TIGHTENED: dict[str, dict[str, Any]] = {
    "billing": {
        "definition": "Anything about **money** while the customer **stays**: invoices, charges, prices, payment"
        " methods, and refunds of a single payment.",
        "use_when": "The customer asks about an amount, a bill or a payment, or wants one payment back, and does not"
        " say that the plan shall end.",
        "avoid_when": "The ticket says that the plan shall end, stop or not renew: that is *cancellation*, also when"
        " money is asked back.",
        "examples": [
            {"text": "My card was charged twice.", "answer": "billing", "why": "A charge."},
            {
                "text": "Please refund the payment of May.",
                "answer": "billing",
                "why": "Money back, no word of leaving.",
            },
        ],
        "rationale": "Money back stands under two labels in version 1. What the plan does afterwards decides.",
    },
    "cancellation": {
        "definition": "The customer wants the **plan to end**.",
        "use_when": "The ticket says that the plan shall end, stop or not renew, with or without money back.",
        "avoid_when": "Only money is asked back and the plan is not said to end: that is *billing*.",
        "examples": [
            {"text": "Please end my plan in May.", "answer": "cancellation", "why": "The plan ends."},
            {"text": "Stop my plan and refund it.", "answer": "cancellation", "why": "The plan ends; money is second."},
        ],
        "rationale": "Undoing a purchase is not leaving. The wish to end the plan decides.",
    },
}
