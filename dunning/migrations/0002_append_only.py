from django.db import migrations

from receivables.db.append_only import append_only


class Migration(migrations.Migration):
    replaces = [("dunning", "0004_claims")]
    dependencies = [("dunning", "0001_tables"), ("audit", "0002_entries_are_append_only")]

    operations = [
        *append_only(
            "dunning_plannedline",
            "dunning_steptaken",
            "dunning_stepresult",
            "dunning_noticeclaim",
            "dunning_nonpayment",
            "dunning_callmade",
            "dunning_planedit",
            "dunning_limitationevent",
            "dunning_registerwarning",
            "dunning_warneditem",
            "dunning_registerentry",
            "dunning_entereditem",
            "dunning_registerupdate",
            "dunning_openingitem",
            "dunning_reconciliation",
            "dunning_withdrawal",
            "dunning_agencypaper",
            "dunning_placementevent",
            "dunning_commission",
            "dunning_courtstage",
            "dunning_courtevent",
            "dunning_mediateditem",
            "dunning_mediationevent",
            "dunning_solditem",
            "dunning_agencyreportfile",
        ),
    ]
