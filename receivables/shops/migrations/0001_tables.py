import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import receivables.db.fields
import receivables.shops.models
from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [('shops', '0001_initial'), ('shops', '0002_taken_up_again')]

    dependencies = [
        ('accounts', '0001_tables'),
        ('invoices', '0001_tables'),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='Shop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('woocommerce', 'WooCommerce'), ('shopify', 'Shopify')], max_length=20, verbose_name='program')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('prefix', models.CharField(max_length=20, verbose_name='prefix of order and customer numbers')),
                ('key', models.CharField(default=receivables.shops.models.new_key, editable=False, max_length=24, unique=True)),
                ('secret', receivables.db.fields.SealedField()),
                ('address', models.CharField(blank=True, max_length=300, verbose_name='address of the shop')),
                ('access', receivables.db.fields.SealedField(null=True)),
                ('statuses', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=receivables.shops.models.usual_statuses, size=None, verbose_name='statuses of orders that are owed')),
                ('methods', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=receivables.shops.models.usual_methods, size=None, verbose_name='payment methods on account')),
                ('days', models.PositiveSmallIntegerField(default=14, verbose_name='days to pay, where the shop names none')),
                ('tax_id_keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=receivables.shops.models.usual_tax_id_keys, size=None, verbose_name='fields that hold the NIP')),
                ('heard_until', models.DateTimeField(editable=False, null=True, verbose_name='asked for changes until')),
                ('last_problem', models.CharField(blank=True, editable=False, max_length=200, verbose_name='last problem')),
                ('is_on', models.BooleanField(default=True, verbose_name='on')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor', verbose_name='company')),
            ],
            options={
                'verbose_name': 'shop',
                'verbose_name_plural': 'shops',
                'constraints': [models.UniqueConstraint(fields=('creditor', 'prefix'), name='shop_prefix_once_per_company'), models.CheckConstraint(condition=models.Q(('prefix__regex', '^[A-Za-z0-9/-]{1,20}$')), name='shop_prefix_is_plain'), models.CheckConstraint(condition=models.Q(('address', ''), ('access__isnull', False), _connector='OR'), name='shop_is_asked_with_a_key')],
            },
        ),
        migrations.CreateModel(
            name='ShopBuyer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('handle', models.CharField(max_length=100)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.customer')),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='shops.shop')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('shop', 'handle'), name='shop_buyer_is_one_customer')],
            },
        ),
        migrations.CreateModel(
            name='ShopCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('delivery', models.CharField(max_length=100, verbose_name='delivery')),
                ('topic', models.CharField(max_length=60, verbose_name='topic')),
                ('body', models.BinaryField()),
                ('came_at', models.DateTimeField(verbose_name='came at')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('taken', 'taken'), ('refused', 'refused')], default='waiting', max_length=10, verbose_name='state')),
                ('result', models.CharField(blank=True, max_length=300, verbose_name='result')),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='shops.shop', verbose_name='shop')),
            ],
            options={
                'verbose_name': 'call of a shop',
                'verbose_name_plural': 'calls of shops',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='shop_call_waiting')],
                'constraints': [models.UniqueConstraint(fields=('shop', 'delivery'), name='shop_call_taken_once')],
            },
        ),
        migrations.CreateModel(
            name='ShopReceivable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.CharField(max_length=60)),
                ('times', models.PositiveSmallIntegerField(default=1)),
                ('withdrawn', models.BooleanField(default=False)),
                ('modified_at', models.DateTimeField()),
                ('held_for', models.CharField(blank=True, max_length=60)),
                ('refunded', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('invoice', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='shop_order', to='invoices.invoice')),
                ('shop', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='shops.shop')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('shop', 'order'), name='shop_order_is_one_receivable')],
            },
        ),
    ])]
