from releases.gates.base import Facts, Found, Gate


class AlphaLowerGate(Gate):
    """The lower end of the 95 % interval of alpha: what agreement is at least, not what it seems to be."""

    metric, title, per_question = "alpha_lower", "Agreement is high enough", True
    operator, threshold = "mustBeGreaterOrEqualTo", 0.667

    def measure(self, facts: Facts, question: str | None) -> Found:
        row = facts.alphas.get(question or "")
        if row is None:
            return Found(None, f"No guideline version at this cut asks the question {question}.")
        if row["value"] is None:
            return Found(None, str(row.get("reason") or "Alpha is not defined for these answers."))
        if row["ci_low"] is None:
            return Found(None, "Too few different answers for an interval.")
        interval = f"between {row['ci_low']:.3f} and {row['ci_high']:.3f}"
        detail = f"Alpha is {row['value']:.3f}, {interval}, on {row['n_items']} items."
        return Found(row["ci_low"], detail)
