from releases.gates.base import Facts, Found, Gate


class StaleShareGate(Gate):
    """The share of released labels whose clause has changed in meaning since they were given."""

    metric, title = "stale_share", "Labels follow the current guideline"
    operator, threshold = "mustBeLessOrEqualTo", 0

    def measure(self, facts: Facts, question: str | None) -> Found:
        if not facts.labels:
            return Found(None, "There is no label to release yet.")
        if not facts.stale_labels:
            return Found(0, f"None of the {facts.labels} labels was given under a clause that changed later.")
        sentence = f"{facts.stale_labels} of {facts.labels} labels were given under a clause that changed later."
        return Found(facts.stale_labels / facts.labels, sentence)
