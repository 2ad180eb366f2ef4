"""What a published release is made of never changes: the database itself refuses it. Only a withdrawal is added."""

from django.db import migrations

CREATE = """
CREATE FUNCTION releases_published_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state IN ('published', 'withdrawn') THEN
      RAISE EXCEPTION 'a published release is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.state = 'withdrawn' OR (OLD.state = 'published' AND (
       NEW.state <> 'withdrawn'
       OR to_jsonb(NEW) - ARRAY['state', 'withdrawn_at', 'withdrawn_reason', 'successor']
          <> to_jsonb(OLD) - ARRAY['state', 'withdrawn_at', 'withdrawn_reason', 'successor'])) THEN
    RAISE EXCEPTION 'a published release is never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER releases_release_final BEFORE UPDATE OR DELETE ON releases_release
  FOR EACH ROW EXECUTE FUNCTION releases_published_is_final();
CREATE FUNCTION releases_row_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'this row is never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER releases_file_final BEFORE UPDATE OR DELETE ON releases_releasefile
  FOR EACH ROW EXECUTE FUNCTION releases_row_is_final();
CREATE TRIGGER releases_contract_final BEFORE UPDATE OR DELETE ON releases_contract
  FOR EACH ROW EXECUTE FUNCTION releases_row_is_final();
"""
DROP = """
DROP TRIGGER releases_contract_final ON releases_contract;
DROP TRIGGER releases_file_final ON releases_releasefile;
DROP FUNCTION releases_row_is_final();
DROP TRIGGER releases_release_final ON releases_release;
DROP FUNCTION releases_published_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_pseudonyms_and_exports")]
    operations = [migrations.RunSQL(CREATE, DROP)]
