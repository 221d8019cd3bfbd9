from django.db import migrations

KEPT = """
    CREATE FUNCTION keep_post_batch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a post batch is never deleted: cancel it' USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.state <> NEW.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['open>closed', 'closed>posted', 'closed>cancelled'])) THEN
            RAISE EXCEPTION 'a post batch that is % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        IF (OLD.creditor_id, OLD.number, OLD.key, OLD.opened_at) IS DISTINCT FROM (NEW.creditor_id, NEW.number, NEW.key, NEW.opened_at)
           OR OLD.state <> 'open' AND (OLD.service, OLD.provider, OLD.closed_at, OLD.closed_on, OLD.closed_by_id, OLD.sha256)
              IS DISTINCT FROM (NEW.service, NEW.provider, NEW.closed_at, NEW.closed_on, NEW.closed_by_id, NEW.sha256)
           OR OLD.state IN ('posted', 'cancelled') AND (OLD.posted_on, OLD.marked_on, OLD.posted_by_id, OLD.reason)
              IS DISTINCT FROM (NEW.posted_on, NEW.marked_on, NEW.posted_by_id, NEW.reason)
           OR OLD.evidence_id IS NOT NULL AND OLD.evidence_id IS DISTINCT FROM NEW.evidence_id THEN
            RAISE EXCEPTION 'a closed post batch is never edited' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER closed_post_batch_is_kept BEFORE UPDATE OR DELETE ON messaging_postbatch
        FOR EACH ROW EXECUTE FUNCTION keep_post_batch();

    CREATE FUNCTION keep_post_letter() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE batch_state text;
    BEGIN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'a letter of a post batch is never deleted: take it out' USING ERRCODE = 'restrict_violation';
        END IF;
        SELECT state INTO batch_state FROM messaging_postbatch WHERE id = NEW.batch_id;
        IF TG_OP = 'INSERT' THEN
            IF batch_state <> 'open' THEN
                RAISE EXCEPTION 'a letter joins a post batch only while that is being closed' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END IF;
        IF (OLD.batch_id, OLD.message_id, OLD.position, OLD.pages, OLD.sha256)
              IS DISTINCT FROM (NEW.batch_id, NEW.message_id, NEW.position, NEW.pages, NEW.sha256)
           OR OLD.taken_out_at IS NOT NULL AND OLD IS DISTINCT FROM NEW
           OR NEW.taken_out_at IS NOT NULL AND OLD.taken_out_at IS NULL AND batch_state <> 'closed' THEN
            RAISE EXCEPTION 'a letter of a closed post batch can only be taken out before it is posted' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER post_letter_is_kept BEFORE INSERT OR UPDATE OR DELETE ON messaging_postbatchletter
        FOR EACH ROW EXECUTE FUNCTION keep_post_letter();
"""
UNDO = """
    DROP TRIGGER post_letter_is_kept ON messaging_postbatchletter;
    DROP FUNCTION keep_post_letter();
    DROP TRIGGER closed_post_batch_is_kept ON messaging_postbatch;
    DROP FUNCTION keep_post_batch();
"""


class Migration(migrations.Migration):
    replaces = [("messaging", "0011_post_batches_are_kept")]
    dependencies = [("messaging", "0004_what_providers_report")]

    operations = [
        migrations.RunSQL(KEPT, UNDO),
    ]
