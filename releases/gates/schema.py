from releases.gates.base import Facts, Found, Gate


class SchemaGate(Gate):
    """Every row has the columns, types and label values that contract and guideline promise."""

    metric, title = "schema", "Rows fit the contract"
    operator, threshold = "mustBe", 0

    def measure(self, facts: Facts, question: str | None) -> Found:
        if not facts.rows:
            return Found(None, "No item has its answers yet, so there is no row to release.")
        if not facts.wrong_rows:
            return Found(0, f"All {facts.rows} rows have the promised columns, types and labels.")
        examples = " ".join(facts.wrong_examples)
        return Found(facts.wrong_rows, f"{facts.wrong_rows} of {facts.rows} rows do not fit. {examples}")
