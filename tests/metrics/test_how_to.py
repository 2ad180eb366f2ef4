"""docs/how-to/targets.md and people-and-models.md: their calls, in their order, as they stand there."""

import re

import pytest

from tests import factories as make
from tests.annotation.test_how_to import send
from tests.metrics.conftest import make_stage
from tests.metrics.test_model_tests import N, add_model, said
from tests.paths import REPOSITORY

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_calls_of_the_pages_work_in_their_order() -> None:
    stage = make_stage(N)
    model = add_model(stage, "tagger", said(N))
    client = make.client_for(stage.manager)
    values = {"BASE": "/api/v1", "P": stage.project.slug, "MODEL": model.pk}
    seen = []
    for page in ("targets.md", "people-and-models.md"):
        text = (REPOSITORY / "docs" / "how-to" / page).read_text(encoding="utf-8")
        blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
        for number, command in enumerate(re.findall(r"^call (?!\(\)).*$", blocks, re.MULTILINE)):
            client.credentials(**client._credentials | {"HTTP_IDEMPOTENCY_KEY": f"{page}{number}"})
            found = send(client, command.replace(" -i ", " "), values)
            if "epsilon" in command:
                values["TEST"] = found["id"]
                make.settle()
            seen.append(found)
    assert seen[1]["targets"]["tone"]["alpha"] == pytest.approx(0.6)
    assert [found.get("answer") for found in seen[2:4]] == [None, "yes"]
    assert len(seen[4]["results"]) == 1
