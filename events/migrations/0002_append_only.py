"""Events and seals are insert-only: the database itself refuses UPDATE and DELETE."""

from django.db import migrations

CREATE = """
CREATE FUNCTION concord_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_event_append_only BEFORE UPDATE OR DELETE ON events_event
  FOR EACH ROW EXECUTE FUNCTION concord_append_only();
CREATE TRIGGER events_seal_append_only BEFORE UPDATE OR DELETE ON events_seal
  FOR EACH ROW EXECUTE FUNCTION concord_append_only();
"""
DROP = """
DROP TRIGGER events_event_append_only ON events_event;
DROP TRIGGER events_seal_append_only ON events_seal;
DROP FUNCTION concord_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
