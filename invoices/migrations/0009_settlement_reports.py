from django.db import migrations

# A payout line and its deductions together are the payments made of it: never more. As in 0006, but with what a partner kept.
CHECK_OF_0006 = """
CREATE OR REPLACE FUNCTION check_payments_of_bank_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
"""
CHECK = """
CREATE OR REPLACE FUNCTION bank_line_is_exceeded(line bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    SELECT l.amount + coalesce((SELECT sum(CASE WHEN d.reverses_id IS NULL THEN d.amount ELSE -d.amount END)
            FROM invoices_deduction d WHERE d.bank_line_id = l.id), 0)
        < coalesce((SELECT sum(p.amount) FROM invoices_payment p WHERE p.bank_line_id = l.id AND p.reverses_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM invoices_payment r WHERE r.reverses_id = p.id)), 0)
    FROM invoices_bankline l WHERE l.id = line
$$;
CREATE OR REPLACE FUNCTION check_payments_of_bank_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line record;
BEGIN
    SELECT * INTO line FROM invoices_bankline WHERE id = NEW.bank_line_id FOR NO KEY UPDATE;
    IF line.creditor_id <> NEW.creditor_id OR line.currency <> NEW.currency THEN
        RAISE EXCEPTION 'a payment and its bank line differ in company or currency' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reverses_id IS NULL AND bank_line_is_exceeded(NEW.bank_line_id) THEN
        RAISE EXCEPTION 'payments of a bank line exceed it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION check_deductions_of_bank_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line record;
BEGIN
    SELECT * INTO line FROM invoices_bankline WHERE id = NEW.bank_line_id FOR NO KEY UPDATE;
    IF line.creditor_id <> NEW.creditor_id OR line.currency <> NEW.currency THEN
        RAISE EXCEPTION 'a deduction and its bank line differ in company or currency' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invoices_deduction d WHERE d.id = NEW.reverses_id AND d.reverses_id IS NULL
            AND (d.amount, d.kind, d.bank_line_id, d.report_id) = (NEW.amount, NEW.kind, NEW.bank_line_id, NEW.report_id)) THEN
        RAISE EXCEPTION 'a contra-row of a deduction differs from what it takes back' USING ERRCODE = 'check_violation';
    END IF;
    IF bank_line_is_exceeded(NEW.bank_line_id) THEN
        RAISE EXCEPTION 'payments of a bank line exceed it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER deductions_agree_with_their_bank_line AFTER INSERT ON invoices_deduction FOR EACH ROW
    EXECUTE FUNCTION check_deductions_of_bank_line();

CREATE FUNCTION keep_settlement_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a settlement report said is never edited' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER settlement_report_words_kept BEFORE UPDATE ON invoices_settlementreport FOR EACH ROW
    WHEN ((OLD.creditor_id, OLD.partner_id, OLD.name, OLD.sha256, OLD.content, OLD.payout, OLD.currency, OLD.gross, OLD.refunds, OLD.fees, OLD.net)
        IS DISTINCT FROM
        (NEW.creditor_id, NEW.partner_id, NEW.name, NEW.sha256, NEW.content, NEW.payout, NEW.currency, NEW.gross, NEW.refunds, NEW.fees, NEW.net))
    EXECUTE FUNCTION keep_settlement_words();
CREATE TRIGGER settlement_line_words_kept BEFORE UPDATE ON invoices_settlementline FOR EACH ROW
    WHEN ((OLD.report_id, OLD.line, OLD.number, OLD.gross, OLD.fee, OLD.currency, OLD.paid_on)
        IS DISTINCT FROM (NEW.report_id, NEW.line, NEW.number, NEW.gross, NEW.fee, NEW.currency, NEW.paid_on))
    EXECUTE FUNCTION keep_settlement_words();
CREATE TRIGGER settlement_report_not_deleted BEFORE DELETE ON invoices_settlementreport FOR EACH ROW EXECUTE FUNCTION keep_settlement_words();
CREATE TRIGGER settlement_line_not_deleted BEFORE DELETE ON invoices_settlementline FOR EACH ROW EXECUTE FUNCTION keep_settlement_words();
"""
UNDO = (
    """
DROP TRIGGER settlement_line_not_deleted ON invoices_settlementline; DROP TRIGGER settlement_report_not_deleted ON invoices_settlementreport;
DROP TRIGGER settlement_line_words_kept ON invoices_settlementline; DROP TRIGGER settlement_report_words_kept ON invoices_settlementreport;
DROP FUNCTION keep_settlement_words();
DROP TRIGGER deductions_agree_with_their_bank_line ON invoices_deduction;
DROP FUNCTION check_deductions_of_bank_line();
"""
    + CHECK_OF_0006
    + """
DROP FUNCTION bank_line_is_exceeded(bigint);
"""
)


class Migration(migrations.Migration):
    replaces = [("invoices", "0025_settlement_rules")]
    dependencies = [("invoices", "0008_settling_rules")]

    operations = [
        migrations.RunSQL(CHECK, UNDO),
    ]
