from releases.gates.base import Facts, Found, Gate


class CasesDecidedGate(Gate):
    """The share of disagreements that somebody has decided."""

    metric, title = "cases_decided", "Disagreements are decided"
    operator, threshold = "mustBe", 1

    def measure(self, facts: Facts, question: str | None) -> Found:
        if not facts.cases:
            return Found(1, "There was no disagreement to decide.")
        decided = facts.cases - facts.open_cases
        if not facts.open_cases:
            return Found(1, f"All {facts.cases} cases are decided.")
        return Found(decided / facts.cases, f"{facts.open_cases} of {facts.cases} cases are still open.")
