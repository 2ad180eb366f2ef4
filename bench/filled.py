"""A project of a million items whose every item has all its labels, with the agreement state that its consumer keeps.

`manage.py seed` makes the project and its items by COPY; the labels and what is counted of them are written here by
statements over whole tables, as the services would have left them: three million labels one by one take hours.
"""

from typing import Any

import psycopg

from bench.queue import NO_READERS

SEALER_LOCK = 7_201
"""That of `events.services`."""
LABELS, OVERLAP, PEOPLE = 5, 3, 5

NAMES = """
    SELECT p.id, r.id, v.id, (
        SELECT array_agg(u.id ORDER BY u.id) FROM projects_membership m JOIN accounts_user u ON u.id = m.user_id
        WHERE m.project_id = p.id AND 'annotator' = ANY(m.roles)
    )
    FROM projects_project p JOIN annotation_round r ON r.project_id = p.id AND r.kind = 'production'
    JOIN guidelines_guidelineversion v ON v.project_id = p.id AND v.number = 1
    WHERE p.slug = %s ORDER BY r.created_at LIMIT 1
"""
# Mostly the item's own label; one in six answers is the next one, as `home.seeding_plan` has it.
ANSWERS = """
    INSERT INTO annotation_annotation (id, project_id, round_id, item_id, annotator_id, slot, answers,
        guideline_version_id, lead_time_ms, note, flagged, blind, created_at, event)
    SELECT uuidv7(), %(project)s, %(round)s, item_id, (%(people)s::uuid[])[who + 1], slot,
        jsonb_build_object('label', 'label_' || (
            place + (hashint8(place * 31 + who) & 1023 < 171)::int
        ) %% %(labels)s), %(version)s, 1000 + (hashint8(place * 7 + who) & 4095), '', false, true,
        now() - interval '1 second' * ((3000000 - place * 3 - slot) / 5), nextval('events_event_id_seq')
    FROM (
        SELECT q.item_id, q.position AS place, slot, (q.position + slot) %% %(n)s AS who
        FROM annotation_queueentry q, generate_series(1, %(overlap)s) AS slot WHERE q.round_id = %(round)s
    ) AS given
"""
# An event for each submit, sealed and read. Their hashes are no chain: nothing here looks at them.
EVENTS = """
    INSERT INTO events_event (id, project, actor, action, object_type, object_id, details, request_id, after_hash, at)
    SELECT event, %(project)s, annotator_id, 'annotation.created', 'annotation', id::text,
        jsonb_build_object('item', item_id, 'round', round_id, 'annotator', annotator_id), 'bench',
        encode(sha256(uuid_send(id)), 'hex'), created_at
    FROM annotation_annotation WHERE round_id = %(round)s
"""
SEALS = """
    INSERT INTO events_seal (project, seq, event_id, prev_hash, hash)
    SELECT project, (SELECT max(seq) FROM events_seal WHERE project = %(project)s) + row_number() OVER (ORDER BY id),
        id, after_hash, after_hash
    FROM events_event WHERE project = %(project)s AND request_id = 'bench' ORDER BY id
"""
READ = "UPDATE events_cursor SET position = (SELECT max(id) FROM events_seal) WHERE name <> ALL(%(no_readers)s)"
LOCKED = "SELECT pg_advisory_xact_lock(%(sealer)s), (SELECT count(*) FROM (SELECT FROM events_cursor FOR UPDATE) AS c)"
TAKEN = "UPDATE annotation_queueentry SET free = 0, fence = overlap WHERE round_id = %(round)s"
UNITS = """
    WITH given AS MATERIALIZED (
        SELECT item_id, answers->>'label' AS label, annotator_id FROM annotation_annotation WHERE round_id = %(round)s
    ), counted AS (
        SELECT item_id, jsonb_agg(jsonb_build_array(label, n) ORDER BY label) AS counts
        FROM (SELECT item_id, label, count(*) AS n FROM given GROUP BY item_id, label) AS labels GROUP BY item_id
    ), people AS (
        SELECT item_id, array_agg(annotator_id ORDER BY annotator_id) AS annotators FROM given GROUP BY item_id
    )
    INSERT INTO metrics_unit (project_id, question, round_id, item_id, version, slice, counts, annotators, mixed)
    SELECT %(project)s, 'label', %(round)s, item_id, version, '', counts, annotators, jsonb_array_length(counts) > 1
    FROM counted JOIN people USING (item_id), (VALUES (1), (-1)) AS versions(version)
"""
PATTERNS = """
    INSERT INTO metrics_pattern (project_id, question, round_id, version, slice, counts, counts_hash, units)
    SELECT project_id, question, round_id, version, slice, counts,
        encode(sha256(convert_to(replace(counts::text, ', ', ','), 'UTF8')), 'hex'), count(*)
    FROM metrics_unit WHERE round_id = %(round)s GROUP BY project_id, question, round_id, version, slice, counts
"""
RATERS = """
    INSERT INTO metrics_rater (project_id, question, round_id, version, slice, annotator, units)
    SELECT project_id, question, round_id, version, slice, annotator, count(*)
    FROM metrics_unit, unnest(annotators) AS annotator WHERE round_id = %(round)s
    GROUP BY project_id, question, round_id, version, slice, annotator
"""
AHEAD = """
    UPDATE events_cursor SET position = pg_snapshot_xmin(pg_current_snapshot())::text::bigint WHERE name = 'sealer'
"""
FRESH = """
    VACUUM (ANALYZE) annotation_annotation, annotation_queueentry, events_event, events_seal, metrics_unit,
    metrics_pattern, metrics_rater
"""


def fill(control: psycopg.Connection[Any], slug: str) -> int:
    """Give every item of the project's round its labels and count them. Returns how many labels there are."""
    row = control.execute(NAMES, [slug]).fetchone()
    assert row is not None
    names = dict(zip(("project", "round", "version", "people"), row, strict=True))
    names |= {"labels": LABELS, "overlap": OVERLAP, "n": PEOPLE, "no_readers": NO_READERS, "sealer": SEALER_LOCK}
    with control.transaction(), control.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # what refers to what holds by construction
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(LOCKED, names)  # sealer and consumers wait
        labels = cursor.execute(ANSWERS, names).rowcount
        for statement in (TAKEN, EVENTS, SEALS, READ, UNITS, PATTERNS, RATERS):
            cursor.execute(statement, names)
    control.execute(AHEAD)  # as the next seal would: everything before it is sealed
    control.execute(FRESH)
    return labels
