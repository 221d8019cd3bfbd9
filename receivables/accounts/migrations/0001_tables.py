import django.contrib.auth.models
import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import receivables.db.fields
from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('accounts', '0001_initial'), ('accounts', '0002_allocation_order'), ('accounts', '0003_text_edition'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('language', models.CharField(default='pl', max_length=8, verbose_name='language')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo user')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Creditor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='short name')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('country', models.CharField(default='PL', max_length=2, verbose_name='country')),
                ('currency', receivables.db.fields.CurrencyField(default='PLN', max_length=3, verbose_name='currency')),
                ('language', models.CharField(default='pl', max_length=8, verbose_name='language')),
                ('time_zone', models.CharField(default='Europe/Warsaw', max_length=40, verbose_name='time zone')),
                ('tax_id', models.CharField(blank=True, max_length=20, verbose_name='tax number')),
                ('street', models.CharField(blank=True, max_length=200, verbose_name='street')),
                ('postcode', models.CharField(blank=True, max_length=20, verbose_name='postcode')),
                ('city', models.CharField(blank=True, max_length=100, verbose_name='city')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail for replies')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('bank_account', models.CharField(blank=True, max_length=34, validators=[django.core.validators.RegexValidator('^[A-Z]{2}\\d{2}[A-Z0-9]{11,30}$', 'Give an IBAN without spaces.')], verbose_name='bank account')),
                ('bank_name', models.CharField(blank=True, max_length=100, verbose_name='bank')),
                ('allocation', models.CharField(choices=[('oldest_first', 'to the oldest due date first'), ('unmatched', 'it waits to be matched')], default='oldest_first', max_length=20, verbose_name='money that names no invoice')),
                ('allocation_order', models.CharField(choices=[('principal_first', 'the principal first'), ('interest_first', 'posted interest on the invoice first (art. 451 KC)')], default='principal_first', max_length=20, verbose_name='money on an invoice settles')),
                ('text_edition', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
            ],
            options={
                'verbose_name': 'company',
                'verbose_name_plural': 'companies',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='creditor_currency_is_iso')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('viewer', 'viewer'), ('clerk', 'clerk'), ('approver', 'approver'), ('manager', 'manager')], max_length=20, verbose_name='role')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.creditor', verbose_name='company')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'constraints': [models.UniqueConstraint(fields=('user', 'creditor'), name='one_role_per_user_and_company')],
            },
        ),
    ])]
