from django.db import migrations

# Judged once a statement, over what it added, as in 0003 and 0004. SECURITY DEFINER for the same reason: a row lock needs a right that the
# application role lacks on append-only tables.
CREDIT = """
CREATE FUNCTION check_credit_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM invoices_payment WHERE id IN (SELECT payment_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM invoices_invoice WHERE id IN (SELECT credit_note_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM invoices_bankline WHERE id IN (SELECT bank_line_id FROM added) ORDER BY id FOR NO KEY UPDATE;

    IF EXISTS (SELECT 1 FROM added a LEFT JOIN invoices_payment p ON p.id = a.payment_id
            LEFT JOIN invoices_invoice n ON n.id = a.credit_note_id LEFT JOIN invoices_bankline l ON l.id = a.bank_line_id
            WHERE (p.id IS NOT NULL AND (p.currency <> a.currency OR p.customer_id <> a.customer_id OR p.creditor_id <> a.creditor_id
                    OR p.reverses_id IS NOT NULL))
                OR (n.id IS NOT NULL AND (n.currency <> a.currency OR n.customer_id <> a.customer_id OR n.creditor_id <> a.creditor_id
                    OR n.kind <> 'credit_note' OR n.state <> 'issued'))
                OR (l.id IS NOT NULL AND (l.currency <> a.currency OR l.creditor_id <> a.creditor_id OR l.amount > 0))) THEN
        RAISE EXCEPTION 'an entry on credit crosses currencies, customers or companies' USING ERRCODE = 'check_violation';
    END IF;

    IF EXISTS (SELECT 1 FROM added a JOIN invoices_creditentry o ON o.id = a.reverses_id
            WHERE o.is_reversal OR o.amount <> a.amount OR o.kind <> a.kind OR o.payment_id IS DISTINCT FROM a.payment_id
                OR o.credit_note_id IS DISTINCT FROM a.credit_note_id) THEN
        RAISE EXCEPTION 'a contra-entry on credit differs from what it takes back' USING ERRCODE = 'check_violation';
    END IF;

    IF EXISTS (SELECT 1 FROM invoices_bankline l WHERE l.id IN (SELECT bank_line_id FROM added) AND -l.amount < (
            SELECT sum(c.amount * (1 - 2 * c.is_reversal::int)) FROM invoices_creditentry c WHERE c.bank_line_id = l.id)) THEN
        RAISE EXCEPTION 'more is given back by a bank line than went out' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_entries_agree AFTER INSERT ON invoices_creditentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_credit_entries();

CREATE FUNCTION check_credit_of_payments() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    culprit text;
BEGIN
    SELECT p.reference INTO culprit FROM invoices_payment p
        JOIN (SELECT payment_id, sum(amount * (1 - 2 * is_reversal::int)) AS used FROM invoices_creditentry
            WHERE payment_id IN (SELECT payment_id FROM added) GROUP BY payment_id) c ON c.payment_id = p.id
        WHERE c.used < 0 OR c.used + coalesce((SELECT sum(e.amount * (1 - 2 * e.is_reversal::int)) FROM invoices_allocationentry e
                WHERE e.payment_id = p.id), 0)
            + coalesce((SELECT sum(e.amount * (1 - 2 * e.is_reversal::int)) FROM invoices_claimentry e WHERE e.payment_id = p.id), 0)
            > p.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'of payment % more is used than there was', culprit USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION check_credit_of_notes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    culprit text;
BEGIN
    SELECT n.number INTO culprit FROM invoices_invoice n
        JOIN (SELECT credit_note_id, sum(amount * (1 - 2 * is_reversal::int)) AS used FROM invoices_creditentry
            WHERE credit_note_id IN (SELECT credit_note_id FROM added) GROUP BY credit_note_id) c ON c.credit_note_id = n.id
        WHERE c.used < 0 OR c.used + coalesce((SELECT sum(e.amount * (1 - 2 * e.is_reversal::int)) FROM invoices_allocationentry e
                WHERE e.credit_note_id = n.id), 0) > n.gross LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'of credit note % more is used than it says', culprit USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_stays_within_payment AFTER INSERT ON invoices_creditentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_credit_of_payments();
CREATE TRIGGER credit_stays_within_payment AFTER INSERT ON invoices_claimentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_credit_of_payments();
CREATE TRIGGER credit_stays_within_payment AFTER INSERT ON invoices_allocationentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_credit_of_payments();
CREATE TRIGGER credit_stays_within_note AFTER INSERT ON invoices_creditentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_credit_of_notes();
CREATE TRIGGER credit_stays_within_note AFTER INSERT ON invoices_allocationentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_credit_of_notes();
"""
NO_CREDIT = """
DROP TRIGGER credit_stays_within_note ON invoices_allocationentry; DROP TRIGGER credit_stays_within_note ON invoices_creditentry;
DROP TRIGGER credit_stays_within_payment ON invoices_allocationentry; DROP TRIGGER credit_stays_within_payment ON invoices_claimentry;
DROP TRIGGER credit_stays_within_payment ON invoices_creditentry; DROP TRIGGER credit_entries_agree ON invoices_creditentry;
DROP FUNCTION check_credit_of_notes(); DROP FUNCTION check_credit_of_payments(); DROP FUNCTION check_credit_entries();
"""

# What an entry on an item says it comes from is of that item, its customer and as much; contra-entries name the same row.
SETTLED = """
CREATE FUNCTION check_settling() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    culprit text;
BEGIN
    SELECT i.label INTO culprit FROM added a JOIN invoices_item i ON i.id = a.item_id
        LEFT JOIN invoices_allowance w ON w.id = a.allowance_id LEFT JOIN invoices_payment p ON p.id = w.payment_id
        LEFT JOIN invoices_creditentry c ON c.id = a.exchange_id LEFT JOIN invoices_allocationentry o ON o.id = a.reverses_id
        WHERE (w.id IS NOT NULL AND (w.item_id <> i.id OR w.currency <> i.currency OR w.amount <> a.amount OR p.customer_id <> i.customer_id))
            OR (c.id IS NOT NULL AND (c.kind <> 'exchange' OR c.customer_id <> i.customer_id OR c.currency = i.currency OR c.is_reversal))
            OR (o.id IS NOT NULL AND (o.allowance_id IS DISTINCT FROM a.allowance_id OR o.exchange_id IS DISTINCT FROM a.exchange_id)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'what settles % is of another item, customer, amount or currency', culprit USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settling_agrees AFTER INSERT ON invoices_allocationentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_settling();

CREATE FUNCTION check_reversal_of_settling() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_creditentry c WHERE c.payment_id = NEW.reverses_id
            GROUP BY c.payment_id HAVING sum(c.amount * (1 - 2 * c.is_reversal::int)) <> 0)
        OR EXISTS (SELECT 1 FROM invoices_allocationentry e JOIN invoices_allowance w ON w.id = e.allowance_id
            WHERE w.payment_id = NEW.reverses_id GROUP BY w.id HAVING sum(e.amount * (1 - 2 * e.is_reversal::int)) <> 0) THEN
        RAISE EXCEPTION 'reversal % leaves something that went with what it takes back', NEW.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reversal_undoes_what_went_with_it AFTER INSERT ON invoices_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION check_reversal_of_settling();
"""
NO_SETTLED = """
DROP TRIGGER reversal_undoes_what_went_with_it ON invoices_payment; DROP FUNCTION check_reversal_of_settling();
DROP TRIGGER settling_agrees ON invoices_allocationentry; DROP FUNCTION check_settling();
"""


class Migration(migrations.Migration):
    replaces = [("invoices", "0023_settling_rules")]
    dependencies = [("invoices", "0007_moving_customers_rules")]

    operations = [
        migrations.RunSQL(CREDIT, NO_CREDIT),
        migrations.RunSQL(SETTLED, NO_SETTLED),
    ]
