from django.db import migrations

from receivables.db.append_only import append_only


class Migration(migrations.Migration):
    replaces = [("invoices", "0006_claim_rules")]
    dependencies = [("invoices", "0001_tables"), ("audit", "0002_entries_are_append_only")]

    operations = [
        *append_only(
            "invoices_payment",
            "invoices_writeoff",
            "invoices_allocationentry",
            "invoices_importedfile",
            "invoices_claimrules",
            "invoices_contractrate",
            "invoices_claim",
            "invoices_claimentry",
            "invoices_vatstatement",
            "invoices_vatline",
            "invoices_relief",
            "invoices_reliefline",
            "invoices_statementfile",
            "invoices_delivery",
            "invoices_invoicepaper",
            "invoices_customermove",
            "invoices_allowance",
            "invoices_creditentry",
            "invoices_exchangedifference",
            "invoices_earlypayment",
            "invoices_differencerule",
            "invoices_collectiveid",
            "invoices_awaitedsettlement",
            "invoices_deduction",
            "invoices_sisterbooking",
        ),
    ]
