from django.db import migrations

# The same tables as `dunning.states.CASE_MOVES` and `NOTICE_MOVES` on the day of this migration; a test compares them.
MOVES = {
    "case": "running>with_agency running>closed with_agency>running with_agency>closed closed>running".split(),
    "notice": "proposed>released proposed>rejected proposed>dropped proposed>superseded".split(),
}


def moves_of(name: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION check_{name}_move() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[{", ".join(repr(move) for move in MOVES[name])}])) THEN
                RAISE EXCEPTION 'a {name} that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {name}_moves BEFORE UPDATE OF state ON dunning_{name}
            FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_{name}_move();
        """,
        f"DROP TRIGGER {name}_moves ON dunning_{name}; DROP FUNCTION check_{name}_move();",
    )


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
    replaces = [("dunning", "0002_legal_moves_only")]
    dependencies = [("dunning", "0002_append_only")]

    operations = [
        moves_of("case"),
        moves_of("notice"),
        migrations.RunSQL(KEPT, "DROP TRIGGER published_policy_is_kept ON dunning_policyversion; DROP FUNCTION keep_published_policy();"),
    ]
