from django.db import migrations, models
from django.db.models import Func, Q

# Weights of the check digits of a REGON of 9 and of 14 digits; a remainder of 10 counts as 0. The first 9 of 14 are a REGON themselves.
RULE = """
CREATE FUNCTION regon_checks(regon text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN regon !~ '^[0-9]{9}([0-9]{5})?$' THEN false ELSE
        (SELECT sum((ARRAY[8,9,2,3,4,5,6,7])[i] * substr(regon, i, 1)::int) FROM generate_series(1, 8) i) % 11 % 10 = substr(regon, 9, 1)::int
        AND (length(regon) = 9 OR
            (SELECT sum((ARRAY[2,4,8,5,0,9,7,3,6,1,2,4,8])[i] * substr(regon, i, 1)::int) FROM generate_series(1, 13) i) % 11 % 10
            = substr(regon, 14, 1)::int)
    END
$$;
"""
NO_RULE = "DROP FUNCTION regon_checks(text);"


class Migration(migrations.Migration):
    dependencies = [("invoices", "0011_pending_money")]

    operations = [
        migrations.RunSQL(RULE, NO_RULE),
        migrations.AddField("customer", "krs", models.CharField("KRS", max_length=10, blank=True)),
        migrations.AddField("customer", "regon", models.CharField("REGON", max_length=14, blank=True)),
        migrations.AddConstraint(
            "customer",
            models.CheckConstraint(
                condition=Q(regon="") | Q(Func("regon", function="regon_checks", output_field=models.BooleanField())),
                name="regon_has_its_check_digit",
                violation_error_message="This REGON has a wrong check digit or length.",
            ),
        ),
        migrations.AddConstraint(
            "customer",
            models.CheckConstraint(
                condition=Q(krs="") | Q(krs__regex=r"^[0-9]{10}$"),
                name="krs_has_ten_digits",
                violation_error_message="A KRS number has ten digits.",
            ),
        ),
    ]
