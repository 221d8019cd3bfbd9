from django.db import migrations

# A booking for a sister company is over its bank line's amount, at its company; what is passed on is the payment there, over the same.
RULES = """
CREATE FUNCTION check_sister_booking() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM invoices_sistermoney m JOIN invoices_bankline l ON l.id = m.bank_line_id WHERE m.id = NEW.money_id
            AND m.creditor_id = NEW.creditor_id AND l.creditor_id = NEW.creditor_id AND l.amount = NEW.amount AND l.currency = NEW.currency)
        OR EXISTS (SELECT 1 FROM invoices_payment p JOIN invoices_sistermoney m ON m.id = NEW.money_id WHERE p.id = NEW.payment_id
            AND (p.creditor_id <> m.receiver_id OR p.amount <> NEW.amount OR p.currency <> NEW.currency))
        OR EXISTS (SELECT 1 FROM invoices_sisterbooking o WHERE o.id = NEW.reverses_id
            AND (o.money_id <> NEW.money_id OR o.kind <> NEW.kind OR o.reverses_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'a booking for a sister company differs from its line, its payment or what it takes back'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sister_bookings_agree AFTER INSERT ON invoices_sisterbooking FOR EACH ROW EXECUTE FUNCTION check_sister_booking();
"""
NO_RULES = "DROP TRIGGER sister_bookings_agree ON invoices_sisterbooking; DROP FUNCTION check_sister_booking();"


class Migration(migrations.Migration):
    replaces = [("invoices", "0027_sister_money")]
    dependencies = [("invoices", "0009_settlement_reports")]

    operations = [
        migrations.RunSQL(RULES, NO_RULES),
    ]
