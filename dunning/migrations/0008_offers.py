from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

import dunning.states
import invoices.states
import receivables.db.fields
from receivables.db.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_tables'),
        ('dunning', '0007_papers_beside_the_ladder'),
        ('invoices', '0010_sister_bookings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[(dunning.states.TaskKind['CALL'], 'call'), (dunning.states.TaskKind['APPROVE'], 'approve'), (dunning.states.TaskKind['MATCH_PAYMENT'], 'match a payment'), (dunning.states.TaskKind['BAD_CONTACT'], 'find a contact'), (dunning.states.TaskKind['UNKNOWN_OUTCOME'], 'find out whether it left'), (dunning.states.TaskKind['BROKEN_PROMISE'], 'broken promise'), (dunning.states.TaskKind['REVIEW'], 'review'), (dunning.states.TaskKind['FILE_CLAIM'], 'file the claim'), (dunning.states.TaskKind['STOP_FACT'], 'see to a stop fact'), (dunning.states.TaskKind['COMPLAINT'], 'answer a complaint'), (dunning.states.TaskKind['COMPLAINT_ALERT'], 'a complaint still waits'), (dunning.states.TaskKind['CREDIT_NOTE_MISSING'], 'ask for the credit note'), (dunning.states.TaskKind['RECONCILE'], 'check with the ledger of record'), (dunning.states.TaskKind['WRONG_DEMAND'], 'put a wrong demand right'), (dunning.states.TaskKind['REPLY'], 'read a reply'), (dunning.states.TaskKind['CHECK_INVOICE'], 'check an invoice'), (dunning.states.TaskKind['TELL_REGISTER'], 'tell a register of a payment'), (dunning.states.TaskKind['COURT'], 'act in court'), (dunning.states.TaskKind['BALANCE_DIFFERS'], 'clear up a balance that differs'), (dunning.states.TaskKind['TERMS_ASKED'], 'answer who asks for terms'), (dunning.states.TaskKind['GRANT_CREDIT'], 'grant the credit for the next purchase')], max_length=20, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='OfferPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[(invoices.states.Kind['BUSINESS'], 'businesses'), (invoices.states.Kind['CONSUMER'], 'consumers'), (invoices.states.Kind['PUBLIC'], 'public bodies')], max_length=20, verbose_name='kind of customer')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3, verbose_name='currency')),
                ('most_sum', receivables.db.fields.MoneyField(decimal_places=4, max_digits=18, verbose_name='without asking, for debts up to')),
                ('instalments', models.PositiveSmallIntegerField(default=0, verbose_name='most instalments')),
                ('smallest_instalment', receivables.db.fields.MoneyField(decimal_places=4, default=0, max_digits=18, verbose_name='smallest instalment')),
                ('first_days', models.PositiveSmallIntegerField(default=7, verbose_name='first instalment within, days')),
                ('deferral_days', models.PositiveSmallIntegerField(default=0, verbose_name='longest deferral, days')),
                ('waives_interest', models.BooleanField(default=False, verbose_name='no interest meanwhile, if it is kept')),
                ('discount_percent', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='discount for settling soon, %')),
                ('discount_from', models.PositiveSmallIntegerField(default=0, verbose_name='offered from so many days overdue')),
                ('discount_until', models.PositiveSmallIntegerField(default=0, verbose_name='last day to pay, in days after the due date')),
                ('credit_percent', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='credit for the next purchase, %')),
                ('credit_days', models.PositiveSmallIntegerField(default=0, verbose_name='for paying within, days')),
                ('recorded_at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offer_policies', to='accounts.creditor', verbose_name='company')),
            ],
            options={
                'verbose_name': 'policy of offers',
                'verbose_name_plural': 'policies of offers',
                'ordering': ['kind', 'currency', '-id'],
            },
        ),
        migrations.CreateModel(
            name='AcceptedOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[(dunning.states.OfferKind['INSTALMENTS'], 'instalments'), (dunning.states.OfferKind['DEFERRAL'], 'a later day'), (dunning.states.OfferKind['DISCOUNT'], 'a discount for settling soon'), (dunning.states.OfferKind['CREDIT'], 'a credit for the next purchase')], max_length=20, verbose_name='way to pay')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3)),
                ('amount', receivables.db.fields.MoneyField(decimal_places=4, max_digits=18, verbose_name='to pay')),
                ('terms', models.JSONField(verbose_name='terms as shown')),
                ('seal', models.CharField(max_length=64)),
                ('way', models.CharField(choices=[(dunning.states.OfferWay['PORTAL'], 'on the portal'), (dunning.states.OfferWay['LETTER'], 'in answer to a letter'), (dunning.states.OfferWay['PERSON'], 'told a person')], max_length=20, verbose_name='how')),
                ('accepted_on', models.DateField(verbose_name='accepted on')),
                ('accepted_at', models.DateTimeField(verbose_name='accepted')),
                ('who', models.CharField(blank=True, max_length=254, verbose_name='who')),
                ('agreement', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offer', to='dunning.agreement')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accepted_offers', to='invoices.customer', verbose_name='customer')),
                ('promise', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='offer', to='dunning.promise')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accepted', to='dunning.offerpolicy', verbose_name='policy of offers')),
            ],
            options={
                'verbose_name': 'accepted offer',
                'verbose_name_plural': 'accepted offers',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='TermsAsked',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3)),
                ('amount', receivables.db.fields.MoneyField(decimal_places=4, max_digits=18, verbose_name='open')),
                ('kind', models.CharField(choices=[(dunning.states.OfferKind['INSTALMENTS'], 'instalments'), (dunning.states.OfferKind['DEFERRAL'], 'a later day')], max_length=20, verbose_name='way to pay')),
                ('instalments', models.PositiveSmallIntegerField(default=0, verbose_name='instalments')),
                ('until', models.DateField(blank=True, null=True, verbose_name='by')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='what they say')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('who', models.CharField(blank=True, max_length=254, verbose_name='who')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms_asked', to='invoices.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'terms asked for',
                'verbose_name_plural': 'terms asked for',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AcceptedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_standing', models.BooleanField(default=True)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accepted_offers', to='invoices.item')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='dunning.acceptedoffer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('offer', 'item'), name='item_once_per_accepted_offer'), models.UniqueConstraint(condition=models.Q(('is_standing', True)), fields=('item',), name='one_standing_offer_per_item')],
            },
        ),
        migrations.AddIndex(
            model_name='offerpolicy',
            index=models.Index(fields=['creditor', 'kind', 'currency', '-id'], name='offer_policy_newest'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['business', 'consumer', 'public'])), name='offers_are_for_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('most_sum__gte', 0), ('smallest_instalment__gte', 0)), name='offer_bounds_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), ('most_sum', django.db.models.functions.math.Round(models.F('most_sum'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2)))), ('smallest_instalment', django.db.models.functions.math.Round(models.F('smallest_instalment'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2))))), name='offer_bounds_fit_currency'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('instalments', 0), models.Q(('instalments__gte', 2), ('instalments__lte', 24)), _connector='OR'), name='offered_instalments_are_several'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('first_days__gte', 1), ('first_days__lte', 60)), name='first_instalment_within_two_months'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('credit_days__lte', 180), ('deferral_days__lte', 180)), name='offered_days_within_half_a_year'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('discount_percent', 0), models.Q(('discount_percent__gt', 0), ('discount_percent__lte', Decimal('20')), ('discount_until__gte', 1)), _connector='OR'), name='offered_discount_has_its_last_day'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('discount_from__lte', models.F('discount_until'))), name='offered_discount_begins_before_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='offerpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('credit_percent', 0), models.Q(('credit_days__gte', 1), ('credit_percent__gt', 0), ('credit_percent__lte', Decimal('20'))), _connector='OR'), name='offered_credit_has_its_last_day'),
        ),
        migrations.AddIndex(
            model_name='acceptedoffer',
            index=models.Index(fields=['customer', '-id'], name='accepted_offer_of_customer'),
        ),
        migrations.AddConstraint(
            model_name='acceptedoffer',
            constraint=models.UniqueConstraint(fields=('creditor', 'seal'), name='offer_accepted_once'),
        ),
        migrations.AddConstraint(
            model_name='acceptedoffer',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='accepted_offer_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='acceptedoffer',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), ('amount', django.db.models.functions.math.Round(models.F('amount'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2))))), name='accepted_offer_amount_fits_currency'),
        ),
        migrations.AddConstraint(
            model_name='acceptedoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreement__isnull', False), ('kind__in', ['instalments', 'deferral']), ('promise', None)), models.Q(('agreement', None), ('kind__in', ['discount', 'credit']), ('promise__isnull', False)), _connector='OR'), name='accepted_offer_lives_on_in_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='acceptedoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('by', None), ('way', 'portal')), ('way__in', ['letter', 'person']), _connector='OR'), name='accepted_offer_way_fits_who'),
        ),
        migrations.AddIndex(
            model_name='termsasked',
            index=models.Index(fields=['customer', '-id'], name='terms_asked_of_customer'),
        ),
        migrations.AddConstraint(
            model_name='termsasked',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='terms_asked_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='termsasked',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), ('amount', django.db.models.functions.math.Round(models.F('amount'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2))))), name='terms_asked_amount_fits_currency'),
        ),
        migrations.AddConstraint(
            model_name='termsasked',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('instalments__gte', 2), ('instalments__lte', 60), ('kind', 'instalments'), ('until', None)), models.Q(('instalments', 0), ('kind', 'deferral'), ('until__isnull', False)), _connector='OR'), name='terms_asked_say_what'),
        ),
        *append_only("dunning_offerpolicy", "dunning_termsasked"),
    ]
