import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import receivables.api.models
import receivables.db.fields
from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('api', '0001_initial'), ('api', '0002_scopes_and_repeats'), ('api', '0003_scope_of_papers'),
        ('api', '0004_agencies_report'),
    ]

    dependencies = [
        ('accounts', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('handle', models.CharField(editable=False, max_length=20, unique=True, verbose_name='begins with')),
                ('digest', models.BinaryField()),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('credit:read', 'ask whether a customer may buy on invoice'), ('customers:read', 'read customers'), ('customers:write', 'add customers, change how they are reached'), ('invoices:read', 'read invoices'), ('invoices:write', 'issue and withdraw invoices, credit notes'), ('payments:read', 'read payments'), ('payments:write', 'record payments and take them back'), ('cases:read', 'read cases, runs, holds, disputes and promises'), ('cases:write', 'hold, dispute and promise'), ('documents:read', 'read papers'), ('documents:write', 'attach papers to invoices'), ('agencies:write', 'report as a collection agency')], max_length=20), default=receivables.api.models.only_credit, size=None, verbose_name='may')),
                ('made_at', models.DateTimeField(editable=False, verbose_name='made at')),
                ('used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked at')),
                ('author', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor', verbose_name='company')),
            ],
            options={
                'verbose_name': 'interface token',
                'verbose_name_plural': 'interface tokens',
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='api_token_has_a_name'), models.CheckConstraint(condition=models.Q(('scopes__contained_by', ['credit:read', 'customers:read', 'customers:write', 'invoices:read', 'invoices:write', 'payments:read', 'payments:write', 'cases:read', 'cases:write', 'documents:read', 'documents:write', 'agencies:write'])), name='api_token_has_known_scopes')],
            },
        ),
        migrations.CreateModel(
            name='Repeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('asked', models.BinaryField()),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('body', models.BinaryField(default=bytes)),
                ('made_at', models.DateTimeField()),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='api.apitoken')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('creditor', 'key'), name='request_once_per_key')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('secret', receivables.db.fields.SealedField()),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('credit.changed', 'credit changed'), ('customer.added', 'customer added'), ('customer.changed', 'customer changed'), ('invoice.issued', 'invoice issued'), ('invoice.cancelled', 'invoice withdrawn'), ('credit_note.issued', 'credit note issued'), ('payment.recorded', 'payment recorded'), ('payment.reversed', 'payment taken back'), ('hold.placed', 'hold placed'), ('hold.released', 'hold released'), ('dispute.opened', 'dispute opened'), ('dispute.resolved', 'dispute resolved'), ('promise.made', 'promise made'), ('promise.kept', 'promise kept'), ('promise.broken', 'promise broken'), ('run.started', 'run started')], max_length=30), default=receivables.api.models.only_credit_changes, size=None, verbose_name='is told')),
                ('is_here', models.BooleanField(default=False, editable=False)),
                ('made_at', models.DateTimeField(editable=False, verbose_name='made at')),
                ('ended_at', models.DateTimeField(editable=False, null=True, verbose_name='switched off at')),
                ('author', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor', verbose_name='company')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('creditor', 'url'), name='webhook_address_once_per_company'), models.CheckConstraint(condition=models.Q(('url__startswith', 'https://'), ('is_here', True), _connector='OR'), name='webhook_is_by_https'), models.CheckConstraint(condition=models.Q(('types__contained_by', ['credit.changed', 'customer.added', 'customer.changed', 'invoice.issued', 'invoice.cancelled', 'credit_note.issued', 'payment.recorded', 'payment.reversed', 'hold.placed', 'hold.released', 'dispute.opened', 'dispute.resolved', 'promise.made', 'promise.kept', 'promise.broken', 'run.started'])), name='webhook_is_told_known_types')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.UUIDField(verbose_name='event')),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('delivered', 'delivered'), ('gave_up', 'given up')], default='waiting', max_length=10, verbose_name='state')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('not_before', models.DateTimeField(verbose_name='not before')),
                ('claim', models.UUIDField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('last_result', models.CharField(blank=True, max_length=200, verbose_name='last result')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled at')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='api.webhookendpoint', verbose_name='webhook')),
            ],
            options={
                'verbose_name': 'webhook event',
                'verbose_name_plural': 'webhook events',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['not_before'], name='webhook_event_due')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'event'), name='event_once_per_webhook'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('claim', None), ('settled_at__isnull', False)), _connector='OR'), name='only_a_waiting_event_is_claimed')],
            },
        ),
    ])]
