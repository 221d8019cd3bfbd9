from django.db import migrations

KEPT = "source, event_id, body, key, mail_id, reference, kind, detail, happened_at, received_at"
OLD, NEW = (", ".join(f"{row}.{name.strip()}" for name in KEPT.split(",")) for row in ("OLD", "NEW"))
STAYS = f"""
    CREATE FUNCTION provider_event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF ({OLD}) IS DISTINCT FROM ({NEW}) OR OLD.applied_at IS NOT NULL THEN
            RAISE EXCEPTION 'what a provider reported stays as it came; what became of it is written once'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER provider_event_stays BEFORE UPDATE ON messaging_providerevent
        FOR EACH ROW EXECUTE FUNCTION provider_event_stays();
    CREATE TRIGGER messaging_providerevent_no_delete BEFORE DELETE ON messaging_providerevent
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER messaging_providerevent_no_truncate BEFORE TRUNCATE ON messaging_providerevent
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
UNDO = """
    DROP TRIGGER messaging_providerevent_no_truncate ON messaging_providerevent;
    DROP TRIGGER messaging_providerevent_no_delete ON messaging_providerevent;
    DROP TRIGGER provider_event_stays ON messaging_providerevent;
    DROP FUNCTION provider_event_stays();
"""


class Migration(migrations.Migration):
    replaces = [("messaging", "0005_provider_events")]
    dependencies = [("messaging", "0003_messages")]

    operations = [
        migrations.RunSQL(STAYS, UNDO),
    ]
