"""The gates there are."""

from releases.gates.alpha_lower import AlphaLowerGate
from releases.gates.base import Gate
from releases.gates.cases_decided import CasesDecidedGate
from releases.gates.schema import SchemaGate
from releases.gates.stale_share import StaleShareGate

GATES: dict[str, Gate] = {
    gate.metric: gate for gate in (SchemaGate(), AlphaLowerGate(), CasesDecidedGate(), StaleShareGate())
}
