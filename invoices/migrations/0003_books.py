from django.db import migrations

# Judged once a statement, over what it added, under locks on the payments, credit notes and items touched: two sessions
# that allocate the same payment wait for each other. SECURITY DEFINER because a row lock needs a right that the
# application role does not have on append-only tables.
ALLOCATIONS = """
CREATE FUNCTION check_allocations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    culprit text;
BEGIN
    PERFORM 1 FROM invoices_payment WHERE id IN (SELECT payment_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM invoices_invoice WHERE id IN (SELECT credit_note_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM invoices_item WHERE id IN (SELECT item_id FROM added) ORDER BY id FOR NO KEY UPDATE;

    SELECT i.label INTO culprit FROM added a JOIN invoices_item i ON i.id = a.item_id
        LEFT JOIN invoices_payment p ON p.id = a.payment_id
        LEFT JOIN invoices_invoice n ON n.id = a.credit_note_id
        LEFT JOIN invoices_writeoff w ON w.id = a.write_off_id
        WHERE a.currency <> i.currency
            OR (p.id IS NOT NULL AND (p.currency <> i.currency OR p.creditor_id <> i.creditor_id OR p.reverses_id IS NOT NULL))
            OR (n.id IS NOT NULL AND (n.currency <> i.currency OR n.creditor_id <> i.creditor_id OR n.kind <> 'credit_note'))
            OR (w.id IS NOT NULL AND (w.currency <> i.currency OR w.item_id <> i.id)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation to % crosses currencies, creditors or kinds', culprit USING ERRCODE = 'check_violation';
    END IF;

    SELECT i.label INTO culprit FROM added a JOIN invoices_item i ON i.id = a.item_id
        JOIN invoices_allocationentry o ON o.id = a.reverses_id
        WHERE o.is_reversal OR o.amount <> a.amount OR o.item_id <> a.item_id OR o.source <> a.source
            OR o.payment_id IS DISTINCT FROM a.payment_id OR o.credit_note_id IS DISTINCT FROM a.credit_note_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a contra-entry on % differs from what it takes back', culprit USING ERRCODE = 'check_violation';
    END IF;

    SELECT p.reference INTO culprit FROM invoices_payment p
        WHERE p.id IN (SELECT payment_id FROM added)
            AND (SELECT sum(CASE WHEN e.is_reversal THEN -e.amount ELSE e.amount END) FROM invoices_allocationentry e WHERE e.payment_id = p.id)
                > p.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more is allocated of payment % than there was', culprit USING ERRCODE = 'check_violation';
    END IF;

    SELECT n.number INTO culprit FROM invoices_invoice n
        WHERE n.id IN (SELECT credit_note_id FROM added)
            AND (SELECT sum(CASE WHEN e.is_reversal THEN -e.amount ELSE e.amount END) FROM invoices_allocationentry e WHERE e.credit_note_id = n.id)
                > n.gross LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more is allocated of credit note % than it says', culprit USING ERRCODE = 'check_violation';
    END IF;

    SELECT i.label INTO culprit FROM invoices_item i
        WHERE i.id IN (SELECT item_id FROM added)
            AND (SELECT sum(CASE WHEN e.is_reversal THEN -e.amount ELSE e.amount END) FROM invoices_allocationentry e WHERE e.item_id = i.id)
                NOT BETWEEN 0 AND i.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the entries on item % go beyond its amount', culprit USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocations_stay_within AFTER INSERT ON invoices_allocationentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_allocations();
"""
NO_ALLOCATIONS = "DROP TRIGGER allocations_stay_within ON invoices_allocationentry; DROP FUNCTION check_allocations();"

# At the end of the transaction: the items of an invoice are of its money, and make up its amount; a payment taken back
# settles nothing any more; what an item says is open is what its entries leave.
BOOKS = """
CREATE FUNCTION check_schedule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_invoice v WHERE v.id = NEW.invoice_id AND (
            v.gross <> (SELECT sum(amount) FROM invoices_item WHERE invoice_id = v.id)
            OR v.kind IN ('proforma', 'order', 'credit_note')
            OR EXISTS (SELECT 1 FROM invoices_item i WHERE i.invoice_id = v.id
                AND (i.currency <> v.currency OR i.creditor_id <> v.creditor_id OR i.customer_id <> v.customer_id)))) THEN
        RAISE EXCEPTION 'the items of invoice % do not make up what it says', NEW.invoice_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER items_make_up_the_invoice AFTER INSERT OR UPDATE OF amount, currency, invoice_id, creditor_id, customer_id
    ON invoices_item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_schedule();

CREATE FUNCTION check_payment_reversal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_payment p WHERE p.id = NEW.reverses_id AND (
            p.amount <> NEW.amount OR p.currency <> NEW.currency OR p.customer_id <> NEW.customer_id OR p.reverses_id IS NOT NULL
            OR 0 <> (SELECT coalesce(sum(CASE WHEN e.is_reversal THEN -e.amount ELSE e.amount END), 0)
                FROM invoices_allocationentry e WHERE e.payment_id = p.id))) THEN
        RAISE EXCEPTION 'reversal % does not undo what it takes back', NEW.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reversal_undoes_the_payment AFTER INSERT ON invoices_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION check_payment_reversal();

CREATE FUNCTION check_open_amount() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_item i WHERE i.id = NEW.id AND i.open_amount <> i.amount
            - (SELECT coalesce(sum(CASE WHEN e.is_reversal THEN -e.amount ELSE e.amount END), 0)
                FROM invoices_allocationentry e WHERE e.item_id = i.id)) THEN
        RAISE EXCEPTION 'item % says it has % open, its entries say otherwise', NEW.label, NEW.open_amount USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER open_amount_is_what_entries_leave AFTER INSERT OR UPDATE OF open_amount, amount
    ON invoices_item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_open_amount();

CREATE FUNCTION keep_issued_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoice % was issued: its amount, currency, number and customer are never edited', OLD.number
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER issued_invoice_is_kept BEFORE UPDATE ON invoices_invoice FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (OLD.gross <> NEW.gross OR OLD.currency <> NEW.currency OR OLD.number <> NEW.number
        OR OLD.customer_id <> NEW.customer_id OR OLD.creditor_id <> NEW.creditor_id OR OLD.kind <> NEW.kind OR NEW.state = 'draft'))
    EXECUTE FUNCTION keep_issued_invoice();
"""
NO_BOOKS = """
DROP TRIGGER issued_invoice_is_kept ON invoices_invoice; DROP FUNCTION keep_issued_invoice();
DROP TRIGGER open_amount_is_what_entries_leave ON invoices_item; DROP FUNCTION check_open_amount();
DROP TRIGGER reversal_undoes_the_payment ON invoices_payment; DROP FUNCTION check_payment_reversal();
DROP TRIGGER items_make_up_the_invoice ON invoices_item; DROP FUNCTION check_schedule();
"""


class Migration(migrations.Migration):
    replaces = [("invoices", "0002_money_rules")]
    dependencies = [("invoices", "0002_append_only")]

    operations = [
        migrations.RunSQL(ALLOCATIONS, NO_ALLOCATIONS),
        migrations.RunSQL(BOOKS, NO_BOOKS),
    ]
