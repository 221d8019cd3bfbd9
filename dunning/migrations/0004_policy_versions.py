from django.db import migrations

# A draft may be edited and thrown away; what was published may only retire. The text is kept by 0003.
VERSIONS = """
CREATE FUNCTION check_policyversion_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['draft>published', 'published>retired'])) THEN
        RAISE EXCEPTION 'a policy version that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policyversion_moves BEFORE UPDATE OF state ON dunning_policyversion
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_policyversion_move();
CREATE TRIGGER published_policy_is_not_deleted BEFORE DELETE ON dunning_policyversion
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION keep_published_policy();
"""
NO_VERSIONS = """
DROP TRIGGER published_policy_is_not_deleted ON dunning_policyversion;
DROP TRIGGER policyversion_moves ON dunning_policyversion;
DROP FUNCTION check_policyversion_move();
"""


class Migration(migrations.Migration):
    replaces = [("dunning", "0005_segments")]
    dependencies = [("dunning", "0003_legal_moves")]

    operations = [
        migrations.RunSQL(VERSIONS, NO_VERSIONS),
    ]
