import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.math
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import invoices.states
import receivables.db.fields
from receivables.db.append_only import append_only

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

    dependencies = [
        ('accounts', '0001_initial'),
        ('invoices', '0006_claim_rules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[(invoices.states.ClaimKind['INTEREST'], 'late interest'), (invoices.states.ClaimKind['COMPENSATION'], 'compensation'), (invoices.states.ClaimKind['FEE'], 'fee')], max_length=20, verbose_name='kind')),
                ('step', models.CharField(blank=True, max_length=60, verbose_name='step')),
                ('first_on', models.DateField(blank=True, null=True, verbose_name='first day')),
                ('last_on', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3, verbose_name='currency')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor', verbose_name='company')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='invoices.customer', verbose_name='customer')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posted_claims', to='invoices.invoice', verbose_name='invoice')),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='invoices.item', verbose_name='item')),
            ],
            options={
                'verbose_name': 'posted claim',
                'verbose_name_plural': 'posted claims',
            },
        ),
        migrations.CreateModel(
            name='ClaimEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('type', models.CharField(choices=[('posted', 'posted'), ('waived', 'waived'), ('paid', 'paid')], max_length=10, verbose_name='type')),
                ('amount', receivables.db.fields.MoneyField(decimal_places=4, max_digits=18, verbose_name='amount')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3)),
                ('on', models.DateField(verbose_name='day')),
                ('working', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('is_rerun', models.BooleanField(default=False)),
                ('is_reversal', models.BooleanField(default=False)),
                ('recorded_at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='invoices.claim')),
                ('payment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claim_entries', to='invoices.payment')),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='invoices.claimentry')),
            ],
            options={
                'verbose_name_plural': 'claim entries',
                'ordering': ['pk'],
            },
        ),
        migrations.AddIndex(
            model_name='claim',
            index=models.Index(fields=['customer'], name='claim_of_customer'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'compensation')), fields=('invoice',), name='compensation_posted_once_per_invoice'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'fee')), fields=('item', 'step'), name='fee_posted_once_per_item_and_step'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('kind', 'interest')), expressions=[('item', '='), (models.Func('first_on', 'last_on', models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='a_day_bears_interest_once'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first_on', None), ('item', None), ('kind', 'compensation'), ('last_on', None), ('step', '')), models.Q(('first_on', None), ('item__isnull', False), ('kind', 'fee'), ('last_on', None), models.Q(('step', ''), _negated=True)), models.Q(('first_on__lte', models.F('last_on')), ('item__isnull', False), ('kind', 'interest'), ('step', '')), _connector='OR'), name='claim_says_what_its_kind_needs'),
        ),
        migrations.AddConstraint(
            model_name='claimentry',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='claim_entry_positive'),
        ),
        migrations.AddConstraint(
            model_name='claimentry',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), ('amount', django.db.models.functions.math.Round(models.F('amount'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2))))), name='claim_entry_fits_currency'),
        ),
        migrations.AddConstraint(
            model_name='claimentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_reversal', True), ('reverses__isnull', False)), models.Q(('is_reversal', False), ('reverses', None)), _connector='OR'), name='claim_contra_names_its_entry'),
        ),
        migrations.AddConstraint(
            model_name='claimentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payment__isnull', False), ('type', 'paid')), models.Q(models.Q(('type', 'paid'), _negated=True), ('payment', None)), _connector='OR'), name='claim_is_paid_by_a_payment'),
        ),
        migrations.AddConstraint(
            model_name='claimentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), ('type', 'paid'), models.Q(('is_reversal', False), ('type', 'posted')), _connector='OR'), name='waiving_and_reversing_say_why'),
        ),
        migrations.RunSQL(CLAIMS, NO_CLAIMS),
        migrations.RunSQL(PAYMENTS, NO_PAYMENTS),
        *append_only("invoices_claim", "invoices_claimentry"),
    ]
