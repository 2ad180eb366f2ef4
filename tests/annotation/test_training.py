"""Practice before real work, hidden gold items after it, and who is paused by them."""

import pytest
from django.utils import timezone

from annotation import selectors, services
from annotation.errors import NoAttempt, NotPaused
from annotation.imports.push import push_items
from annotation.models import Annotation, Assignment, GoldItem, GoldResult, Qualification, QueueEntry, Round
from annotation.services import gold, qualification, training
from annotation.training import current_policy, feedback_of, standing_of
from core.errors import Invalid
from events.models import Event
from intake import services as intake
from tests.annotation.stock import ANSWER, ready, run_out, submit, take
from tests.factories import acknowledge, actor, label, make_member

pytestmark = pytest.mark.django_db
RIGHT, WRONG = {"tone": "angry"}, {"tone": "calm"}


def make_gold(project, number=5, *, use="both", prefix="gold"):
    """Items outside every queue whose known answer is angry."""
    by = actor(project.created_by)
    batch = intake.create_batch(by=by, project=project, name=f"Known {prefix}")
    rows = [intake.NewItem(f"{prefix}-{n}", {"text": f"Known {prefix} {n}"}, {}) for n in range(number)]
    items = intake.create_items(by=by, project=project, batch=batch, rows=rows).created
    new = [gold.NewGold(i, RIGHT, explanation="There is an **insult**.", use=use) for i in items]
    return gold.add_gold_items(by=by, project=project, rows=new, now=timezone.now())


def set_policy(project, *, existing=False, **values):
    return qualification.set_training_policy(
        by=actor(project.created_by), project=project, values=values, now=timezone.now(), existing_qualified=existing,
        verify=lambda _: None,
    )  # fmt: skip


def practised(people=1, items=4, number=3, **policy):
    project, users, rows, opened = ready(items, people, overlap=1)
    make_gold(project, number + 2, use="training")
    set_policy(project, training_items=number, **policy)
    return project, users, rows, opened


# --- Gold items --------------------------------------------------------------------------------------------------


def test_gold_items_are_checked_against_the_label_schema():
    project, _, items, _ = ready(2)
    add = {"by": actor(project.created_by), "project": project, "now": timezone.now()}
    for answers, pointer in (
        ({"tone": "none"}, "#/items/0/answers/tone"),
        ({"mood": "calm"}, "#/items/0/answers/mood"),
        ({}, "#/items/0/answers"),
    ):
        with pytest.raises(Invalid) as refused:
            gold.add_gold_items(rows=[gold.NewGold(items[0], answers)], **add)
        assert refused.value.errors[0].pointer == pointer
    with pytest.raises(Invalid) as refused:
        gold.add_gold_item(item=items[0], answers=RIGHT, clauses=["none"], **add)
    assert refused.value.errors[0].pointer == "#/items/0/clauses/0"
    made = gold.add_gold_item(item=items[0], answers=RIGHT, clauses=["angry"], **add)
    with pytest.raises(Invalid, match="not valid"):
        gold.add_gold_item(item=items[0], answers=WRONG, **add)
    gold.remove_gold_item(by=add["by"], gold=made, now=timezone.now())
    gold.add_gold_item(item=items[0], answers=WRONG, **add)
    assert Event.objects.filter(action="gold_item.added").count() == 2
    assert Event.objects.filter(action="gold_item.removed").count() == 1


# --- Practice ----------------------------------------------------------------------------------------------------


def test_practice_comes_first_and_opens_real_work_when_it_is_passed():
    project, [user], _, opened = practised()
    given = take(user, project, 5)
    assert len(given.assignments) == 3
    assert {a.round.kind for a in given.assignments} == {"training"}
    for held in given.assignments[:2]:
        submit(user, held, RIGHT)
    assert standing_of(user, project).state == "training"
    submit(user, given.assignments[2], RIGHT)
    assert standing_of(user, project).state == "qualified"
    event = Event.objects.get(action="annotator.qualified")
    assert event.actor is None
    assert {a.round_id for a in take(user, project, 9).assignments} == {opened.pk}


def test_practice_that_is_not_passed_is_refused_until_another_try():
    project, [user], _, _ = practised(pass_mark=0.7)
    first = take(user, project, 3).assignments
    for held, answers in zip(first, (RIGHT, WRONG, WRONG), strict=True):
        submit(user, held, answers)
    answer = take(user, project)
    assert (answer.assignments, answer.reason) == ([], "not_qualified")
    standing = standing_of(user, project)
    assert (standing.must_try_again, standing.practice.right, standing.practice.judged) == (True, 1, 3)
    training.begin_attempt(by=actor(user), project=project, now=timezone.now())
    with pytest.raises(NoAttempt):
        training.begin_attempt(by=actor(user), project=project, now=timezone.now())
    again = take(user, project, 3).assignments
    assert len(again) == 3
    unseen = {a.item_id for a in again} - {a.item_id for a in first}
    assert len(unseen) == 2  # five known items, three of them practised before
    for held in again:
        submit(user, held, RIGHT)
    assert take(user, project).assignments[0].round.kind == "production"


def test_feedback_tells_what_was_expected_and_why():
    project, [user], _, _ = practised()
    held = take(user, project).assignments[0]
    wrong = submit(user, held, WRONG)
    [told] = feedback_of(wrong, held.guideline_version)
    assert (told["question"], told["correct"], told["given"], told["expected"]) == ("tone", False, "calm", "angry")
    assert told["explanation_html"] == "<p>There is an <strong>insult</strong>.</p>"
    assert told["clauses"] == ["angry"]


def test_feedback_makes_later_changes_count_for_nothing():
    project, [user], _, _ = practised(number=2)
    first, _ = take(user, project, 2).assignments
    wrong = submit(user, first, WRONG)
    newer = services.supersede_annotation(
        by=actor(user), annotation_id=wrong.id, changes=RIGHT, verify=lambda _: None, now=timezone.now()
    )
    assert not newer.blind
    services.withdraw_annotation(by=actor(user), annotation_id=newer.id, now=timezone.now())
    for held in take(user, project, 2).assignments:
        submit(user, held, RIGHT)
    assert GoldResult.objects.count() == 2
    assert standing_of(user, project).practice.right == 1


def test_a_skipped_practice_item_counts_as_wrong():
    project, [user], _, _ = practised(number=2, pass_mark=0.5)
    first, second = take(user, project, 2).assignments
    submit(user, first, RIGHT)
    services.skip_assignment(by=actor(user), assignment_id=second.id, fence=second.fence)
    assert standing_of(user, project).state == "qualified"


def test_draws_differ_between_people_and_what_was_practised_is_no_real_work():
    project, [one, two], items, _ = ready(20, 2, overlap=2)
    by = actor(project.created_by)
    rows = [gold.NewGold(i, RIGHT, use="training") for i in items[:12]]
    gold.add_gold_items(by=by, project=project, rows=rows, now=timezone.now())
    set_policy(project, training_items=4)
    drawn = [[a.item_id for a in take(user, project, 4).assignments] for user in (one, two)]
    assert drawn[0] != drawn[1]
    for held in Assignment.objects.filter(annotator=one):
        submit(one, held, RIGHT)
    rest = {a.item_id for a in label(one, project, RIGHT, 40)}
    assert len(rest) == 16
    assert not rest & set(drawn[0])
    assert not list(selectors.wrong_counts())


def test_those_who_were_there_before_count_as_qualified_when_the_manager_says_so():
    project, [user], _, _ = ready(3)
    make_gold(project, 3)
    set_policy(project, existing=True, training_items=3)
    assert take(user, project).assignments[0].round.kind == "production"
    later = make_member(project, "annotator")
    acknowledge(project, later)
    assert take(later, project).assignments[0].round.kind == "training"


def test_work_in_hand_waits_while_practice_is_asked_for():
    project, [user], _, _ = ready(3)
    held = take(user, project, 2).assignments
    make_gold(project, 3)
    set_policy(project, training_items=2)
    given = take(user, project, 5).assignments
    assert {a.round.kind for a in given} == {"training"}
    submit(user, held[0], RIGHT)  # what is on the screen may be sent
    for practice in given:
        submit(user, practice, RIGHT)
    assert held[1].id in {a.id for a in take(user, project, 5).assignments}


def test_a_policy_asks_for_no_more_than_there_is():
    project, _, _, _ = ready(1)
    make_gold(project, 2, use="training")
    with pytest.raises(Invalid) as refused:
        set_policy(project, training_items=3, hidden_rate=0.1)
    assert [e.pointer for e in refused.value.errors] == ["#/training_items", "#/hidden_rate"]
    assert current_policy(project).number == 0


def test_without_a_policy_nothing_is_asked():
    project, [user], _, _ = ready(1)
    make_gold(project, 3)
    assert take(user, project).assignments[0].round.kind == "production"
    assert not Qualification.objects.exists()


# --- Hidden gold items -------------------------------------------------------------------------------------------


def hidden(items=60, number=30, rate=0.5, **policy):
    project, [user], rows, opened = ready(items, 1, overlap=1)
    make_gold(project, number, use="hidden")
    set_policy(project, hidden_rate=rate, **policy)
    return project, user, rows, opened


def test_hidden_gold_items_come_among_the_others_at_the_rate():
    project, user, _, _ = hidden()
    done = label(user, project, RIGHT, 80)
    kinds = [a.round.kind for a in done]
    assert 15 <= kinds.count("gold") <= 30
    assert kinds.count("production") >= 50
    assert len({a.item_id for a in done}) == len(done)
    assert not list(selectors.wrong_counts())


def test_a_batch_of_next_mixes_them_and_each_is_given_once():
    project, user, _, _ = hidden()
    for _ in range(6):
        given = take(user, project, 10).assignments
        assert len(given) == 10
        for held in given:
            submit(user, held, RIGHT)
    rows = Annotation.objects.filter(annotator=user)
    assert rows.filter(round__kind="gold").count() == GoldResult.objects.count() >= 15
    assert rows.values("item").distinct().count() == rows.count() == 60


def test_hidden_gold_is_never_all_there_is():
    project, user, _, _ = hidden(items=0)
    assert take(user, project, 5).assignments == []


def test_who_had_an_item_in_earnest_is_not_tested_with_it():
    project, [user], items, _ = ready(10, 1, overlap=1)
    label(user, project, RIGHT, 5)
    by = actor(project.created_by)
    rows = [gold.NewGold(i, RIGHT) for i in items]
    gold.add_gold_items(by=by, project=project, rows=rows, now=timezone.now())
    set_policy(project, hidden_rate=0.5)
    done = label(user, project, RIGHT, 30)
    assert len(done) == len({a.item_id for a in done}) == 5
    assert {a.round.kind for a in done} == {"production", "gold"}


def test_who_falls_below_the_mark_is_paused_and_comes_back():
    project, user, _, _ = hidden(window=10, pause_below=0.6)
    done = label(user, project, WRONG, 60)
    tested = [a for a in done if a.round.kind == "gold"]
    assert len(tested) == 5
    assert done[-1].round.kind == "gold"
    answer = take(user, project)
    assert (answer.assignments, answer.reason) == ([], "not_qualified")
    event = Event.objects.get(action="annotator.paused")
    assert (event.actor, event.details["annotator"]) == (None, str(user.id))
    standing = standing_of(user, project)
    assert (standing.state, standing.hidden.share) == ("paused", 0)
    assert standing.reason == "0 of the last 5 checked answers were right (0\u00a0%); 60\u00a0% are asked for."
    manager = actor(project.created_by)
    qualification.reinstate_annotator(by=manager, project=project, user=user, reason="We talked.", now=timezone.now())
    assert standing_of(user, project).hidden.items == 0
    assert take(user, project).assignments
    with pytest.raises(NotPaused):
        qualification.reinstate_annotator(by=manager, project=project, user=user, reason="", now=timezone.now())


def test_good_answers_pause_nobody():
    project, user, _, _ = hidden(window=10, pause_below=0.6)
    label(user, project, RIGHT, 60)
    assert standing_of(user, project).state == "qualified"
    assert not Event.objects.filter(action="annotator.paused").exists()


def test_a_corrected_hidden_answer_is_what_is_judged():
    project, user, _, _ = hidden(window=10)
    wrong = next(a for a in label(user, project, WRONG, 20) if a.round.kind == "gold")
    before = standing_of(user, project).hidden
    services.supersede_annotation(
        by=actor(user), annotation_id=wrong.id, changes=RIGHT, verify=lambda _: None, now=timezone.now()
    )
    after = standing_of(user, project).hidden
    assert (after.items, after.right) == (before.items, before.right + 1)


def test_a_removed_gold_item_is_given_and_judged_no_more():
    project, user, _, _ = hidden(number=3, window=10)
    label(user, project, WRONG, 8)
    manager = actor(project.created_by)
    for row in GoldItem.objects.filter(project=project):
        gold.remove_gold_item(by=manager, gold=row, now=timezone.now())
    assert standing_of(user, project).hidden.items == 0
    assert not QueueEntry.objects.filter(round__kind="gold", free__gt=0).exists()
    assert {a.round.kind for a in label(user, project, WRONG, 20)} == {"production"}


def test_a_skipped_or_expired_hidden_item_behaves_like_any_other():
    project, user, _, _ = hidden(rate=0.5)
    held = next(a for a in take(user, project, 10).assignments if a.round.kind == "gold")
    services.save_draft(by=actor(user), assignment_id=held.id, fence=held.fence, answers=RIGHT)
    run_out(held)
    again = next(a for a in take(user, project, 10).assignments if a.item_id == held.item_id)
    assert again.draft == {"answers": RIGHT}
    services.skip_assignment(by=actor(user), assignment_id=again.id, fence=again.fence)
    assert held.item_id not in {a.item_id for a in take(user, project, 10).assignments}
    assert not list(selectors.wrong_counts())


def test_practice_and_hidden_gold_count_nowhere():
    project, user, _, _ = hidden()
    label(user, project, ANSWER, 20)
    counted = set(selectors.counting_rounds(project).values_list("kind", flat=True))
    assert counted == {"production"}
    assert Round.objects.filter(kind="gold").count() == 1


def test_a_hidden_item_takes_one_off_what_is_left_like_any_other():
    project, user, _, _ = hidden(items=60, number=10)
    take(user, project, 10)
    before = selectors.progress(user, project).left
    for held in take(user, project, 10).assignments:
        submit(user, held, RIGHT)
        assert selectors.progress(user, project).left == before - 1
        before -= 1


def test_practice_whose_gold_items_are_all_removed_begins_anew():
    project, [user], _, _ = practised(number=2)
    [held, other] = take(user, project, 2).assignments
    for one in (held, other):
        services.release_assignment(by=actor(user), assignment_id=one.id, fence=one.fence)
    for row in GoldItem.objects.filter(project=project):
        gold.remove_gold_item(by=actor(project.created_by), gold=row, now=timezone.now())
    assert take(user, project).reason == "not_qualified"
    make_gold(project, 3, use="training", prefix="more")
    assert {a.round.kind for a in take(user, project, 5).assignments} == {"training"}
    assert standing_of(user, project).attempts == 2


def test_items_that_only_a_gold_file_knows_become_no_real_work_by_a_push():
    project, [user], _, _ = ready(1)
    [known] = make_gold(project, 1, use="hidden")
    rows = [intake.NewItem("new", {"text": "New"}, {})]
    with pytest.raises(Invalid) as refused:
        push_items(by=actor(project.created_by), project=project, rows=rows, batch="Known gold", now=timezone.now())
    assert refused.value.errors[0].pointer == "#/batch"
    assert known.item_id not in {a.item_id for a in take(user, project, 9).assignments}
