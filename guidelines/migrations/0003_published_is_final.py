"""A published version and an acknowledgement are never changed: the database itself refuses UPDATE and DELETE."""

from django.db import migrations

CREATE = """
CREATE FUNCTION guidelines_published_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'published' THEN
    RAISE EXCEPTION 'a published guideline version is never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER guidelines_version_final BEFORE UPDATE OR DELETE ON guidelines_guidelineversion
  FOR EACH ROW EXECUTE FUNCTION guidelines_published_is_final();
CREATE FUNCTION guidelines_acknowledged_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an acknowledgement is never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER guidelines_acknowledgement_final BEFORE UPDATE OR DELETE ON guidelines_acknowledgement
  FOR EACH ROW EXECUTE FUNCTION guidelines_acknowledged_once();
"""
DROP = """
DROP TRIGGER guidelines_acknowledgement_final ON guidelines_acknowledgement;
DROP FUNCTION guidelines_acknowledged_once();
DROP TRIGGER guidelines_version_final ON guidelines_guidelineversion;
DROP FUNCTION guidelines_published_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("guidelines", "0002_review_after_first")]
    operations = [migrations.RunSQL(CREATE, DROP)]
