from django.db import migrations

from receivables.db.append_only import FUNCTION

# What is append-only never changes what it says. Whom it is about changes in the transaction that writes down the move, and only so:
# from the one named there to the other, and nothing beside it.
MOVES = """
CREATE FUNCTION stamp_customer_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_customer c WHERE c.id IN (NEW.source_id, NEW.target_id) AND c.creditor_id <> NEW.creditor_id) THEN
        RAISE EXCEPTION 'a customer move crosses companies' USING ERRCODE = 'check_violation';
    END IF;
    NEW.transaction := txid_current();
    RETURN NEW;
END $$;
CREATE TRIGGER customer_move_is_stamped BEFORE INSERT ON invoices_customermove FOR EACH ROW EXECUTE FUNCTION stamp_customer_move();

CREATE FUNCTION is_customer_move(was jsonb, becomes jsonb) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT was ? 'customer_id' AND was - 'customer_id' = becomes - 'customer_id' AND EXISTS (
        SELECT 1 FROM invoices_customermove m WHERE m.transaction = txid_current()
            AND m.source_id = (was ->> 'customer_id')::bigint AND m.target_id = (becomes ->> 'customer_id')::bigint)
$$;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF is_customer_move(to_jsonb(OLD), to_jsonb(NEW)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused; correct it by a new entry', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION keep_issued_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_customer_move(to_jsonb(OLD), to_jsonb(NEW)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'invoice % was issued: its amount, currency, number and customer are never edited', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
"""
NO_MOVES = (
    FUNCTION.sql
    + """
CREATE OR REPLACE FUNCTION keep_issued_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoice % was issued: its amount, currency, number and customer are never edited', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
DROP FUNCTION is_customer_move(jsonb, jsonb);
DROP TRIGGER customer_move_is_stamped ON invoices_customermove; DROP FUNCTION stamp_customer_move();
"""
)


class Migration(migrations.Migration):
    replaces = [("invoices", "0016_moving_customers")]
    dependencies = [("invoices", "0006_bank_lines")]

    operations = [
        migrations.RunSQL(MOVES, NO_MOVES),
    ]
