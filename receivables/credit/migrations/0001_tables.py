import uuid

import django.db.models.deletion
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

import dunning.rating
import receivables.credit.registers.protocol
import receivables.credit.states
import receivables.db.fields
from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [('credit', '0001_initial'), ('credit', '0003_insurance')]

    dependencies = [
        ('accounts', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('invoices', '0001_tables'),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='CreditRules',
            fields=[
                ('creditor', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='credit_rules', serialize=False, to='accounts.creditor', verbose_name='company')),
                ('over_limit', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'no rule'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['PREPAYMENT'], max_length=10, verbose_name='over the credit limit')),
                ('overdue', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'no rule'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['PREPAYMENT'], max_length=10, verbose_name='overdue')),
                ('overdue_days', models.PositiveSmallIntegerField(default=30, verbose_name='overdue by more days than')),
                ('long_overdue', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'no rule'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['STOP'], max_length=10, verbose_name='long overdue')),
                ('long_overdue_days', models.PositiveSmallIntegerField(default=60, verbose_name='long overdue by more days than')),
                ('broken_promise', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'no rule'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['PREPAYMENT'], max_length=10, verbose_name='a broken promise')),
                ('with_agency', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'no rule'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['STOP'], max_length=10, verbose_name='a debt with an agency')),
                ('stop_fact', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'no rule'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['STOP'], max_length=10, verbose_name='a stop fact')),
                ('rating', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'no rule'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['OPEN'], max_length=10, verbose_name='a bad payer rating')),
                ('worst_rating', models.CharField(choices=[(dunning.rating.Letter['A'], dunning.rating.Letter['A']), (dunning.rating.Letter['B'], dunning.rating.Letter['B']), (dunning.rating.Letter['C'], dunning.rating.Letter['C']), (dunning.rating.Letter['D'], dunning.rating.Letter['D']), (dunning.rating.Letter['E'], dunning.rating.Letter['E'])], default='D', max_length=1, verbose_name='the worst rating that is good enough')),
            ],
            options={
                'verbose_name': 'credit rules',
                'verbose_name_plural': 'credit rules',
                'constraints': [models.CheckConstraint(condition=models.Q(('long_overdue_days__gte', models.F('overdue_days'))), name='long_overdue_is_longer_than_overdue')],
            },
        ),
        migrations.CreateModel(
            name='InsurancePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('insurer', models.CharField(max_length=120, verbose_name='insurer')),
                ('number', models.CharField(max_length=60, verbose_name='number of the policy')),
                ('notify_days', models.PositiveSmallIntegerField(verbose_name='days to notify')),
                ('percent', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='covered, %')),
                ('since', models.DateField(verbose_name='since')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('recorded_on', models.DateField(verbose_name='recorded on')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='insurance_policies', to='accounts.creditor')),
            ],
            options={
                'verbose_name': 'insurance policy',
                'verbose_name_plural': 'insurance policies',
                'indexes': [models.Index(fields=['creditor', '-id'], name='insurance_policy_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('insurer', ''), _negated=True), models.Q(('number', ''), _negated=True)), name='insurance_policy_has_a_name'), models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='insurance_covers_a_share'), models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='insurance_policy_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='InsuranceNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='notified on')),
                ('reference', models.CharField(blank=True, max_length=120, verbose_name='reference')),
                ('recorded_on', models.DateField(verbose_name='recorded on')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='insurance_notices', to='invoices.customer', verbose_name='customer')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='insurance_notices', to='invoices.item', verbose_name='item')),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='credit.insurancenotice', verbose_name='takes back')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='credit.insurancepolicy', verbose_name='insurance policy')),
            ],
            options={
                'verbose_name': 'notice to an insurer',
                'verbose_name_plural': 'notices to insurers',
                'indexes': [models.Index(fields=['item'], name='insurance_notice_of_item')],
                'constraints': [models.CheckConstraint(condition=models.Q(('on__lte', models.F('recorded_on'))), name='insurer_was_notified'), models.CheckConstraint(condition=models.Q(('reverses', None), models.Q(('reference', ''), _negated=True), _connector='OR'), name='insurance_notice_taken_back_says_why')],
            },
        ),
        migrations.CreateModel(
            name='RegisterAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('register', models.CharField(max_length=20, verbose_name='register')),
                ('country', models.CharField(max_length=2)),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('account', models.CharField(blank=True, max_length=34)),
                ('on', models.DateField(verbose_name='as of')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('valid_until', models.DateTimeField()),
                ('verdict', models.CharField(choices=[(receivables.credit.registers.protocol.Verdict['ACTIVE'], 'active'), (receivables.credit.registers.protocol.Verdict['EXEMPT'], 'exempt from VAT'), (receivables.credit.registers.protocol.Verdict['NOT_LISTED'], 'not listed there'), (receivables.credit.registers.protocol.Verdict['REMOVED'], 'removed or refused'), (receivables.credit.registers.protocol.Verdict['ENDED'], 'the business has ended'), (receivables.credit.registers.protocol.Verdict['UNKNOWN'], 'unknown: no answer')], max_length=20, verbose_name='answer')),
                ('why', models.CharField(blank=True, choices=[(receivables.credit.registers.protocol.Why['NO_ANSWER'], 'it did not answer'), (receivables.credit.registers.protocol.Why['GARBLED'], 'its answer could not be read'), (receivables.credit.registers.protocol.Why['OTHER_NUMBER'], 'it answered about another number'), (receivables.credit.registers.protocol.Why['OVER_LIMIT'], 'no more questions today'), (receivables.credit.registers.protocol.Why['BUSY'], 'it is busy'), (receivables.credit.registers.protocol.Why['REFUSED'], 'it does not take the question')], max_length=20, verbose_name='why nothing is known')),
                ('proof', models.CharField(blank=True, max_length=500, verbose_name='proof')),
                ('facts', models.JSONField(default=dict)),
                ('digest', models.CharField(max_length=64)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
            ],
            options={
                'verbose_name': 'register answer',
                'verbose_name_plural': 'register answers',
                'indexes': [models.Index(fields=['creditor', 'country', 'number', 'register', '-id'], name='register_answer_newest'), models.Index(fields=['register', 'asked_at'], name='register_asked_today')],
                'constraints': [models.CheckConstraint(condition=models.Q(('verdict', 'unknown'), ('why', ''), _connector='XOR'), name='only_an_unknown_answer_has_a_reason'), models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='register_answer_has_a_digest')],
            },
        ),
        migrations.CreateModel(
            name='CreditChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('before', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'open'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], max_length=10)),
                ('state', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'open'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], max_length=10, verbose_name='state')),
                ('cause', models.CharField(choices=[(receivables.credit.states.Cause['NOTHING'], 'nothing against'), (receivables.credit.states.Cause['PERSON'], "a person's decision"), (receivables.credit.states.Cause['STOP_FACT'], 'stop fact'), (receivables.credit.states.Cause['WITH_AGENCY'], 'with the agency'), (receivables.credit.states.Cause['LONG_OVERDUE'], 'long overdue'), (receivables.credit.states.Cause['OVERDUE'], 'overdue'), (receivables.credit.states.Cause['BROKEN_PROMISE'], 'broken promise'), (receivables.credit.states.Cause['OVER_LIMIT'], 'over the credit limit'), (receivables.credit.states.Cause['RATING'], 'payer rating')], max_length=20, verbose_name='cause')),
                ('reasons', models.JSONField(default=list)),
                ('until', models.DateField(null=True, verbose_name='until')),
                ('on', models.DateField(verbose_name='day')),
                ('at', models.DateTimeField()),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_changes', to='invoices.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'change of credit',
                'verbose_name_plural': 'changes of credit',
                'indexes': [models.Index(fields=['customer', '-id'], name='credit_change_newest')],
            },
        ),
        migrations.CreateModel(
            name='CreditLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[(receivables.credit.states.LimitKind['OWN'], 'our credit limit'), (receivables.credit.states.LimitKind['INSURED'], 'insured limit')], max_length=10, verbose_name='kind')),
                ('amount', receivables.db.fields.MoneyField(decimal_places=4, max_digits=18, null=True, verbose_name='amount')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3, verbose_name='currency')),
                ('valid_until', models.DateField(null=True, verbose_name='valid until')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='insurer and policy number')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('set_on', models.DateField(verbose_name='set on')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_limits', to='invoices.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'credit limit',
                'verbose_name_plural': 'credit limits',
                'indexes': [models.Index(fields=['customer', 'kind', '-id'], name='credit_limit_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gte', 0), _connector='OR'), name='credit_limit_not_negative'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), ('amount', django.db.models.functions.math.Round(models.F('amount'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2))))), name='credit_limit_fits_currency'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='credit_limit_has_a_reason'), models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gte', models.F('set_on')), _connector='OR'), name='credit_limit_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='CreditOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'open'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], max_length=10, verbose_name='state')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('since', models.DateField(verbose_name='since')),
                ('until', models.DateField(verbose_name='until')),
                ('ended_on', models.DateField(null=True, verbose_name='ended on')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_overrides', to='invoices.customer', verbose_name='customer')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'credit decision',
                'verbose_name_plural': 'credit decisions',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('customer',), name='one_standing_credit_override'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='credit_override_has_a_reason'), models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='credit_override_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(models.Q(('ended_by', None), ('ended_on', None)), ('ended_on__isnull', False), _connector='OR'), name='credit_override_ended_once')],
            },
        ),
        migrations.CreateModel(
            name='CreditStanding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[(receivables.credit.states.CreditState['OPEN'], 'open'), (receivables.credit.states.CreditState['PREPAYMENT'], 'prepayment only'), (receivables.credit.states.CreditState['STOP'], 'stop')], default=receivables.credit.states.CreditState['OPEN'], max_length=10, verbose_name='state')),
                ('cause', models.CharField(choices=[(receivables.credit.states.Cause['NOTHING'], 'nothing against'), (receivables.credit.states.Cause['PERSON'], "a person's decision"), (receivables.credit.states.Cause['STOP_FACT'], 'stop fact'), (receivables.credit.states.Cause['WITH_AGENCY'], 'with the agency'), (receivables.credit.states.Cause['LONG_OVERDUE'], 'long overdue'), (receivables.credit.states.Cause['OVERDUE'], 'overdue'), (receivables.credit.states.Cause['BROKEN_PROMISE'], 'broken promise'), (receivables.credit.states.Cause['OVER_LIMIT'], 'over the credit limit'), (receivables.credit.states.Cause['RATING'], 'payer rating')], default=receivables.credit.states.Cause['NOTHING'], max_length=20, verbose_name='cause')),
                ('reasons', models.JSONField(default=list)),
                ('since', models.DateField(verbose_name='since')),
                ('until', models.DateField(null=True, verbose_name='until')),
                ('judged_on', models.DateField()),
                ('look_again_on', models.DateField(null=True)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='credit_standing', to='invoices.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'credit state',
                'verbose_name_plural': 'credit states',
                'indexes': [models.Index(condition=models.Q(('look_again_on__isnull', False)), fields=['creditor', 'look_again_on'], name='credit_to_look_at'), models.Index(condition=models.Q(('state', 'open'), _negated=True), fields=['creditor', 'state'], name='credit_not_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('cause', 'set_by_person'), ('until', None), _connector='OR'), name='only_a_decision_has_a_last_day')],
            },
        ),
    ])]
