from django.db import migrations

# The same table as `receivables.messaging.states.MOVES` on the day of this migration; a test compares them.
MOVES = """
    planned>claimed planned>withdrawn planned>expired planned>suppressed
    claimed>planned claimed>handed claimed>withdrawn claimed>expired claimed>suppressed claimed>failed claimed>unknown
    handed>planned handed>accepted handed>failed handed>unknown
    unknown>accepted unknown>delivered unknown>planned unknown>abandoned unknown>failed unknown>hard_bounced unknown>soft_bounced
    accepted>delivered accepted>soft_bounced accepted>hard_bounced accepted>failed
    delivered>hard_bounced delivered>failed
    soft_bounced>delivered soft_bounced>hard_bounced
""".split()

STATES = f"""
    CREATE FUNCTION check_message_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[{", ".join(repr(move) for move in MOVES)}])) THEN
            RAISE EXCEPTION 'a message that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER message_moves BEFORE UPDATE OF state ON messaging_message
        FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION check_message_move();

    CREATE FUNCTION keep_message_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what a message says to whom is fixed when it is planned' USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER message_words_kept BEFORE UPDATE ON messaging_message FOR EACH ROW
        WHEN (OLD.key <> NEW.key OR OLD.recipient <> NEW.recipient OR OLD.channel <> NEW.channel
              OR OLD.facts <> NEW.facts OR OLD.facts_digest <> NEW.facts_digest OR OLD.message_id <> NEW.message_id)
        EXECUTE FUNCTION keep_message_words();
"""
UNDO = """
    DROP TRIGGER message_words_kept ON messaging_message;
    DROP FUNCTION keep_message_words();
    DROP TRIGGER message_moves ON messaging_message;
    DROP FUNCTION check_message_move();
"""


class Migration(migrations.Migration):
    replaces = [("messaging", "0002_legal_moves_only"), ("messaging", "0008_uncertain_since")]
    dependencies = [("messaging", "0002_append_only")]

    operations = [
        migrations.RunSQL(STATES, UNDO),
        migrations.RunSQL(
            "INSERT INTO messaging_dispatch (id, mode, database_identity, is_halted, reason) VALUES (1, 'quarantine', '', false, '')", ""
        ),
    ]
