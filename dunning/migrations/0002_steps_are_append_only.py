from django.db import migrations

from receivables.db.append_only import append_only

KEPT = """
CREATE FUNCTION keep_published_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published policy version is never edited: publish a new one' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER published_policy_is_kept BEFORE UPDATE ON dunning_policyversion FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (OLD.text <> NEW.text OR OLD.number <> NEW.number OR NEW.state = 'draft'))
    EXECUTE FUNCTION keep_published_policy();
"""


class Migration(migrations.Migration):
    dependencies = [("dunning", "0001_initial"), ("audit", "0002_entries_are_append_only")]

    operations = [
        migrations.RunSQL(KEPT, "DROP TRIGGER published_policy_is_kept ON dunning_policyversion; DROP FUNCTION keep_published_policy();"),
        *append_only("dunning_plannedline", "dunning_steptaken", "dunning_stepresult"),
    ]
