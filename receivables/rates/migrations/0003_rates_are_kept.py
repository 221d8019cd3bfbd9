from django.db import migrations

from receivables.db.append_only import append_only

FACTS = {
    "rates_interestrate": "country, regime, valid_from, known_until, rate_percent, source, reason, author_id, entered_at",
    "rates_midrate": "country, month, rate_on, price, table_number, source, reason, author_id, entered_at",
}


def kept(table, facts):
    columns = [name.strip() for name in facts.split(",")]
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF ({old}) IS DISTINCT FROM ({new})
                OR OLD.refused_at IS NOT NULL
                OR OLD.superseded_at IS NOT NULL
                OR OLD.approved_at IS NOT NULL
                    AND (OLD.approved_at, OLD.approver_id, OLD.refused_at, OLD.refuser_id)
                        IS DISTINCT FROM (NEW.approved_at, NEW.approver_id, NEW.refused_at, NEW.refuser_id)
            THEN
                RAISE EXCEPTION 'a rate is never edited: correct it by a new one with its reason' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER {table}_no_edit BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stays();
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """,
        f"""
        DROP TRIGGER {table}_no_truncate ON {table};
        DROP TRIGGER {table}_no_delete ON {table};
        DROP TRIGGER {table}_no_edit ON {table};
        DROP FUNCTION {table}_stays();
        """,
    )


class Migration(migrations.Migration):
    replaces = [("rates", "0002_rates_stay")]
    dependencies = [("rates", "0001_tables"), ("audit", "0002_entries_are_append_only")]

    operations = [
        *(kept(table, facts) for table, facts in FACTS.items()),
        *append_only("rates_confirmation", "rates_look"),
    ]
