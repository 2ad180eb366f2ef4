"""The pages of releases and of the contract."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from metrics.services.targets import Wanted, set_targets
from releases.models import Contract, Release
from tests.adjudication.build import disagree, make_setting
from tests.factories import actor, make_member, make_user, settle
from tests.releases.build import agreeing, cut, reread

pytestmark = pytest.mark.django_db(transaction=True)


def page(setting, rest="releases/"):
    return f"/p/{setting.project.slug}/{rest}"


def test_a_manager_cuts_reads_and_withdraws(client):
    setting = agreeing(2)
    client.force_login(setting.manager)
    shown = client.get(page(setting)).content.decode()
    assert 'value="1.0.0"' in shown
    done = client.post(page(setting), {"version": "1.0.0", "note": "First."})
    assert (done.status_code, done["Location"]) == (302, page(setting, "releases/1.0.0/"))
    assert 'hx-trigger="every 2s"' in client.get(done["Location"]).content.decode()
    settle()
    assert client.get(page(setting, "releases/1.0.0/progress/"))["HX-Refresh"] == "true"
    release = Release.objects.get()
    shown = client.get(done["Location"]).content.decode()
    assert release.content_hash in shown
    assert "sha256sum -c" in shown
    assert client.post(page(setting), {"version": "1.0.0"}).status_code == 422
    answer = client.post(done["Location"], {"action": "withdraw", "reason": "Wrong texts."})
    assert answer.status_code == 302
    assert "Wrong texts." in client.get(done["Location"]).content.decode()
    assert reread(release).state == "withdrawn"


def test_a_blocked_release_shows_why_and_may_be_waived(client):
    setting = make_setting(items=1)
    disagree(setting)
    cut(setting)
    client.force_login(setting.manager)
    shown = client.get(page(setting, "releases/1.0.0/")).content.decode()
    assert "1 of 1 cases are still open." in shown
    assert page(setting, "cases/") in shown
    client.post(page(setting, "releases/1.0.0/"), {"action": "again", "waive": "cases_decided", "reason": " "})
    assert Release.objects.get().state == "blocked"
    reason = {"action": "again", "waive": ["cases_decided", "schema", "stale_share"], "reason": "A trial."}
    client.post(page(setting, "releases/1.0.0/"), reason)
    settle()
    assert Release.objects.get().state == "published"
    assert "A trial." in client.get(page(setting, "releases/1.0.0/")).content.decode()


def test_the_contract_is_read_and_its_thresholds_changed(client):
    setting = agreeing(1)
    client.force_login(setting.manager)
    assert "cases_decided" in client.get(page(setting, "contract/")).content.decode()
    done = client.post(page(setting, "contract/"), {"cases_decided": "on", "stale_share": "0", "alpha_tone": "0.667"})
    assert done.status_code == 302
    gates = Contract.objects.latest("number").document["schema"][0]["quality"]
    assert gates[-1]["implementation"] == {
        "metric": "alpha_lower", "question": "tone", "mustBeGreaterOrEqualTo": 0.667,
    }  # fmt: skip
    release = cut(setting)
    gate = next(g for g in release.gates if g["name"] == "alpha_lower:tone")
    assert (release.state, gate["result"], gate["actual"]) == ("blocked", "not_run", None)


def test_the_contract_tells_a_questions_target_and_keeps_a_number_of_its_own(client):
    setting = agreeing(1)
    wanted = {"tone": Wanted(0.55, "Taste differs.")}
    set_targets(by=actor(setting.manager), project=setting.project, wanted=wanted, now=timezone.now())
    client.force_login(setting.manager)
    shown = client.get(page(setting, "contract/")).content.decode()
    assert "The target of this question is 0.55" in shown
    assert 'name="alpha_tone" value=' not in shown


def test_roles_and_strangers(client):
    setting = agreeing(1)
    cut(setting)
    paths = ["releases/", "releases/1.0.0/", "contract/"]
    for user, status in (
        (make_member(setting.project, "consumer"), 200), (setting.annotators[0], 403), (make_user(), 404),
    ):  # fmt: skip
        client.force_login(user)
        assert [client.get(page(setting, p)).status_code for p in paths] == [status] * 3
        assert client.post(page(setting), {"version": "2.0.0"}).status_code == (403 if status == 200 else status)


def test_commands(capsys):
    setting = agreeing(1)
    call_command("release", project=setting.project.slug, release_version="1.0.0")
    with pytest.raises(CommandError):
        call_command("release", "--project", setting.project.slug, "--version", "1.0.0")
    settle()
    call_command("verify_release", "--project", setting.project.slug, "--version", "1.0.0")
    assert "is intact" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("verify_release", "--project", setting.project.slug, "--version", "9.9.9")
