from django.db import migrations

# Judged once a statement, over what it added, under locks on the claims and payments touched, as `check_allocations` does.
CLAIMS = """
CREATE FUNCTION check_claim_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM invoices_payment WHERE id IN (SELECT payment_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM invoices_claim WHERE id IN (SELECT claim_id FROM added) ORDER BY id FOR NO KEY UPDATE;

    IF EXISTS (SELECT 1 FROM added a JOIN invoices_claim c ON c.id = a.claim_id LEFT JOIN invoices_payment p ON p.id = a.payment_id
            WHERE a.currency <> c.currency
                OR (p.id IS NOT NULL AND (p.currency <> c.currency OR p.customer_id <> c.customer_id OR p.reverses_id IS NOT NULL))) THEN
        RAISE EXCEPTION 'an entry on a claim crosses currencies or customers' USING ERRCODE = 'check_violation';
    END IF;

    IF EXISTS (SELECT 1 FROM added a JOIN invoices_claimentry o ON o.id = a.reverses_id
            WHERE o.is_reversal OR o.amount <> a.amount OR o.claim_id <> a.claim_id OR o.type <> a.type
                OR o.payment_id IS DISTINCT FROM a.payment_id) THEN
        RAISE EXCEPTION 'a contra-entry on a claim differs from what it takes back' USING ERRCODE = 'check_violation';
    END IF;

    IF EXISTS (SELECT 1 FROM invoices_claimentry e WHERE e.claim_id IN (SELECT claim_id FROM added) AND e.type = 'posted'
            GROUP BY e.claim_id HAVING sum(CASE WHEN e.is_reversal THEN -1 ELSE 1 END) NOT IN (0, 1)) THEN
        RAISE EXCEPTION 'a claim is posted twice' USING ERRCODE = 'check_violation';
    END IF;

    IF EXISTS (SELECT 1 FROM invoices_claimentry e WHERE e.claim_id IN (SELECT claim_id FROM added)
            GROUP BY e.claim_id HAVING 0 > sum(e.amount * (1 - 2 * e.is_reversal::int) * CASE e.type WHEN 'posted' THEN 1 ELSE -1 END)) THEN
        RAISE EXCEPTION 'more is waived or paid of a claim than was posted' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claims_stay_within AFTER INSERT ON invoices_claimentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_claim_entries();
"""
NO_CLAIMS = "DROP TRIGGER claims_stay_within ON invoices_claimentry; DROP FUNCTION check_claim_entries();"

# A payment settles items and claims together: `check_allocations` sees the items alone. Payments that settle no claim cost one look.
PAYMENTS = """
CREATE FUNCTION check_payment_total() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    culprit text;
BEGIN
    PERFORM 1 FROM invoices_payment WHERE id IN (SELECT payment_id FROM added) ORDER BY id FOR NO KEY UPDATE;
    SELECT p.reference INTO culprit FROM invoices_payment p
        JOIN (SELECT payment_id, sum(amount * (1 - 2 * is_reversal::int)) AS used FROM invoices_claimentry
            WHERE payment_id IN (SELECT payment_id FROM added) GROUP BY payment_id) c ON c.payment_id = p.id
        WHERE c.used + coalesce((SELECT sum(e.amount * (1 - 2 * e.is_reversal::int)) FROM invoices_allocationentry e
            WHERE e.payment_id = p.id), 0) > p.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'payment % settles more, items and claims together, than there was', culprit USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_settles_no_more_than_it_is AFTER INSERT ON invoices_claimentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_payment_total();
CREATE TRIGGER payment_settles_no_more_than_it_is AFTER INSERT ON invoices_allocationentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_payment_total();

CREATE FUNCTION check_payment_reversal_of_claims() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoices_claimentry e WHERE e.payment_id = NEW.reverses_id
            GROUP BY e.payment_id HAVING sum(e.amount * (1 - 2 * e.is_reversal::int)) <> 0) THEN
        RAISE EXCEPTION 'reversal % does not undo what it takes back of claims', NEW.reference USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reversal_undoes_what_claims_got AFTER INSERT ON invoices_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION check_payment_reversal_of_claims();
"""
NO_PAYMENTS = """
DROP TRIGGER reversal_undoes_what_claims_got ON invoices_payment; DROP FUNCTION check_payment_reversal_of_claims();
DROP TRIGGER payment_settles_no_more_than_it_is ON invoices_allocationentry;
DROP TRIGGER payment_settles_no_more_than_it_is ON invoices_claimentry; DROP FUNCTION check_payment_total();
"""


class Migration(migrations.Migration):
    replaces = [("invoices", "0007_claim_ledger")]
    dependencies = [("invoices", "0003_books")]

    operations = [
        migrations.RunSQL(CLAIMS, NO_CLAIMS),
        migrations.RunSQL(PAYMENTS, NO_PAYMENTS),
    ]
