from django.db import migrations

# As in 0009, but judged once a statement: a batch of payments costs one look at the ledger. Judged row by row, and planned before the
# tables had statistics, each row went through all payments there are. The lines are locked in the order of their ids.
CHECK = """
CREATE FUNCTION check_added_payments_of_bank_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM added WHERE bank_line_id IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM invoices_bankline WHERE id IN (SELECT bank_line_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM added a JOIN invoices_bankline l ON l.id = a.bank_line_id
            WHERE l.creditor_id <> a.creditor_id OR l.currency <> a.currency) THEN
        RAISE EXCEPTION 'a payment and its bank line differ in company or currency' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM invoices_bankline l
        JOIN (SELECT p.bank_line_id AS line_id, sum(p.amount) AS amount FROM invoices_payment p
            WHERE p.bank_line_id IN (SELECT bank_line_id FROM added WHERE reverses_id IS NULL) AND p.reverses_id IS NULL
                AND NOT EXISTS (SELECT 1 FROM invoices_payment r WHERE r.reverses_id = p.id)
            GROUP BY 1) paid ON paid.line_id = l.id
        LEFT JOIN (SELECT d.bank_line_id AS line_id, sum(CASE WHEN d.reverses_id IS NULL THEN d.amount ELSE -d.amount END) AS amount
            FROM invoices_deduction d WHERE d.bank_line_id IN (SELECT bank_line_id FROM added)
            GROUP BY 1) kept ON kept.line_id = l.id
        WHERE l.amount + coalesce(kept.amount, 0) < paid.amount)
    THEN
        RAISE EXCEPTION 'payments of a bank line exceed it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER payments_stay_within_their_bank_line ON invoices_payment;
CREATE TRIGGER payments_stay_within_their_bank_line AFTER INSERT ON invoices_payment
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_added_payments_of_bank_lines();
"""
UNDO = """
DROP TRIGGER payments_stay_within_their_bank_line ON invoices_payment;
DROP FUNCTION check_added_payments_of_bank_lines();
CREATE TRIGGER payments_stay_within_their_bank_line AFTER INSERT ON invoices_payment FOR EACH ROW WHEN (NEW.bank_line_id IS NOT NULL)
    EXECUTE FUNCTION check_payments_of_bank_line();
"""


class Migration(migrations.Migration):
    dependencies = [("invoices", "0013_matchings")]

    operations = [
        migrations.RunSQL(CHECK, UNDO),
    ]
