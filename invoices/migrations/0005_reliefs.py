from django.db import migrations

# Judged for each row under a lock on its item: what stands of relief never exceeds the item, what is given back never what was taken.
RELIEF = """
CREATE FUNCTION check_relief() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM invoices_item WHERE id = NEW.item_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM invoices_item i WHERE i.id = NEW.item_id
            AND (i.currency <> NEW.currency OR i.creditor_id <> NEW.creditor_id OR i.customer_id <> NEW.customer_id)) THEN
        RAISE EXCEPTION 'relief crosses items, currencies or companies' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM invoices_relief o WHERE o.id IN (NEW.reverses_id, NEW.of_id) AND o.item_id <> NEW.item_id)
            OR EXISTS (SELECT FROM invoices_relief o WHERE o.id = NEW.reverses_id
                AND (o.kind <> NEW.kind OR o.part <> NEW.part OR o.period <> NEW.period OR o.reverses_id IS NOT NULL))
            OR EXISTS (SELECT FROM invoices_relief o WHERE o.id = NEW.of_id AND (o.kind <> 'taken' OR o.reverses_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'relief names another row that does not fit it' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT sum(CASE WHEN r.reverses_id IS NULL THEN r.part ELSE -r.part END) FROM invoices_relief r
            WHERE r.item_id = NEW.item_id AND r.kind = 'taken') > (SELECT amount FROM invoices_item WHERE id = NEW.item_id) THEN
        RAISE EXCEPTION 'relief is taken of more than the item' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.of_id IS NOT NULL AND (SELECT sum(CASE WHEN r.reverses_id IS NULL THEN r.part ELSE -r.part END) FROM invoices_relief r
            WHERE r.of_id = NEW.of_id) > (SELECT part FROM invoices_relief WHERE id = NEW.of_id) THEN
        RAISE EXCEPTION 'more relief is given back than was taken' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER relief_within_its_item AFTER INSERT ON invoices_relief FOR EACH ROW EXECUTE FUNCTION check_relief();
"""
NO_RELIEF = "DROP TRIGGER relief_within_its_item ON invoices_relief; DROP FUNCTION check_relief();"


class Migration(migrations.Migration):
    replaces = [("invoices", "0009_vat_relief")]
    dependencies = [("invoices", "0004_claims")]

    operations = [
        migrations.RunSQL(RELIEF, NO_RELIEF),
    ]
