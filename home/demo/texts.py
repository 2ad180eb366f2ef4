"""Support tickets written for the demo, varied by a seeded draw, each with the label that version 2 gives it."""

import random
from dataclasses import dataclass

OPENINGS = (
    "Hello, ", "Hi there, ", "Good morning. ", "Dear team, ", "", "", "Hey, ", "To whom it may concern: ",
)  # fmt: skip
CLOSINGS = (
    "", "", " Thanks.", " Please get back to me soon.", " Regards, a customer.", " I have written twice already.",
    " Can somebody call me?", " No hurry.",
)  # fmt: skip
PLANS = ("Basic plan", "Team plan", "Pro plan", "yearly plan", "student plan", "family plan")
MONTHS = ("January", "February", "March", "April", "May", "June", "August", "September", "October")
AMOUNTS = ("9.90", "14.00", "29.00", "49.50", "118.80", "240.00")
DEVICES = ("my laptop", "an old tablet", "the office computer", "my phone", "two different browsers")

BODIES: dict[str, tuple[str, ...]] = {
    "billing": (
        "the invoice for {month} shows {amount} although the {plan} costs less.",
        "my card was charged twice for the {plan} in {month}.",
        "I need the {month} invoice with our company's address on it.",
        "which payment methods do you take for the {plan}?",
        "the discount of {amount} is missing on my {month} bill.",
        "why did the price of the {plan} go up to {amount}?",
    ),
    "cancellation": (
        "please end my {plan} at the end of {month}.",
        "I want to close the subscription, we no longer use it since {month}.",
        "how do I stop the {plan} from renewing in {month}?",
        "we are moving to another product, please terminate the {plan}.",
        "delete our subscription, {amount} a month is too much for us.",
    ),
    "technical": (
        "the export stops at 80 percent on {device}.",
        "the page stays white on {device} since {month}.",
        "notifications arrive twice on {device}.",
        "search finds nothing that is older than {month}.",
        "uploading a file over {amount} megabytes fails on {device}.",
        "the app logs me out every few minutes on {device}.",
    ),
    "account": (
        "I cannot change the e-mail address of my account on {device}.",
        "please move my seat to a colleague from {month} on.",
        "the password link never arrives on {device}.",
        "how can I add a second administrator to our {plan}?",
        "two-step sign-in does not accept my code on {device}.",
    ),
    "other": (
        "do you have an office in the south that one can visit in {month}?",
        "I loved the talk of your colleague in {month}.",
        "are you hiring interns for {month}?",
        "could we write about the {plan} in our newsletter?",
    ),
    # Money back: version 1 names it under two labels, version 2 says which one.
    "refund": (
        "I paid {amount} for the {plan} in {month} and never used it. Please give me the money back.",
        "please refund the {amount} of {month}, the {plan} was booked by mistake.",
        "the trial of the {plan} turned into {amount} on my card. I want that money returned.",
        "I would like a refund of {amount} for {month}.",
    ),
    "refund_and_leave": (
        "end the {plan} and return the {amount} that I paid for {month}.",
        "we are leaving in {month}. Please pay back the {amount} for the rest of the {plan}.",
        "stop my {plan} now and refund {amount}.",
    ),
}
LABEL = {"refund": "billing", "refund_and_leave": "cancellation"}
SHARES = {
    "billing": 17, "cancellation": 12, "technical": 22, "account": 15, "other": 9, "refund": 15, "refund_and_leave": 10,
}  # fmt: skip


@dataclass(frozen=True)
class Ticket:
    """One text, the kind it was written as, and the label that version 2 of the guideline gives it."""

    number: int
    text: str
    kind: str

    @property
    def label(self) -> str:
        return LABEL.get(self.kind, self.kind)

    @property
    def is_ambiguous(self) -> bool:
        return self.kind in LABEL


def tickets(number: int, *, seed: int = 7) -> list[Ticket]:
    """`number` different tickets, the same for the same seed."""
    draw, made, seen = random.Random(seed), list[Ticket](), set[str]()  # noqa: S311  # varied texts, no secret
    kinds, weights = list(SHARES), list(SHARES.values())
    while len(made) < number:
        kind = draw.choices(kinds, weights)[0]
        body = draw.choice(BODIES[kind]).format(
            plan=draw.choice(PLANS), month=draw.choice(MONTHS), amount=draw.choice(AMOUNTS), device=draw.choice(DEVICES)
        )
        opening = draw.choice(OPENINGS)
        if not opening or opening.endswith(". "):
            body = body[0].upper() + body[1:]
        text = opening + body + draw.choice(CLOSINGS)
        if text not in seen:
            seen.add(text)
            made.append(Ticket(len(made) + 1, text, kind))
    return made
