from django.db import migrations

# What the bank said is never edited, only what became of it. Payments that stand on a line never exceed it; two sessions that book the same
# line wait for each other on its row. SECURITY DEFINER as in 0003: a row lock needs a right that the application role may lack.
RULES = """
CREATE FUNCTION keep_bank_line_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what the bank said is never edited' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER bank_line_words_kept BEFORE UPDATE ON invoices_bankline FOR EACH ROW
    WHEN (OLD.creditor_id <> NEW.creditor_id OR OLD.account_id <> NEW.account_id OR OLD.key <> NEW.key OR OLD.booked_on <> NEW.booked_on
          OR OLD.amount <> NEW.amount OR OLD.currency <> NEW.currency OR OLD.counterparty <> NEW.counterparty OR OLD.title <> NEW.title)
    EXECUTE FUNCTION keep_bank_line_words();
CREATE TRIGGER bank_line_not_deleted BEFORE DELETE ON invoices_bankline FOR EACH ROW EXECUTE FUNCTION keep_bank_line_words();

CREATE FUNCTION check_payments_of_bank_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line record;
BEGIN
    SELECT * INTO line FROM invoices_bankline WHERE id = NEW.bank_line_id FOR NO KEY UPDATE;
    IF line.creditor_id <> NEW.creditor_id OR line.currency <> NEW.currency THEN
        RAISE EXCEPTION 'a payment and its bank line differ in company or currency' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reverses_id IS NULL AND line.amount < (
        SELECT sum(p.amount) FROM invoices_payment p WHERE p.bank_line_id = NEW.bank_line_id AND p.reverses_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM invoices_payment r WHERE r.reverses_id = p.id))
    THEN
        RAISE EXCEPTION 'payments of a bank line exceed it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_stay_within_their_bank_line AFTER INSERT ON invoices_payment FOR EACH ROW WHEN (NEW.bank_line_id IS NOT NULL)
    EXECUTE FUNCTION check_payments_of_bank_line();
"""
UNDO = """
DROP TRIGGER payments_stay_within_their_bank_line ON invoices_payment;
DROP FUNCTION check_payments_of_bank_line();
DROP TRIGGER bank_line_not_deleted ON invoices_bankline;
DROP TRIGGER bank_line_words_kept ON invoices_bankline;
DROP FUNCTION keep_bank_line_words();
"""


class Migration(migrations.Migration):
    replaces = [("invoices", "0011_bank_rules")]
    dependencies = [("invoices", "0005_reliefs")]

    operations = [
        migrations.RunSQL(RULES, UNDO),
    ]
