import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import receivables.messaging.sender.findings
import receivables.messaging.states
from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [
        ('messaging', '0001_initial'), ('messaging', '0003_courtesy'),
        ('messaging', '0004_attempt_reference'), ('messaging', '0006_plain_addresses'),
        ('messaging', '0007_bounce_counts'), ('messaging', '0009_inbound_mail'),
        ('messaging', '0010_post_batches'), ('messaging', '0012_senders'),
        ('messaging', '0013_written_by_people'), ('messaging', '0015_calls_are_noted'),
        ('messaging', '0016_who_had_it'), ('messaging', '0017_handovers_have_a_purpose'),
        ('messaging', '0018_enclosures'),
    ]

    dependencies = [
        ('accounts', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('documents', '0001_tables'),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='ReplyMailbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=300, unique=True)),
                ('uid_validity', models.BigIntegerField(default=0)),
                ('last_uid', models.BigIntegerField(default=0)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='Fence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('has_journal', models.BooleanField()),
                ('forgotten', models.PositiveIntegerField(default=0)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('purpose', models.CharField(choices=[('dunning', 'dunning'), ('portal', 'portal code'), ('courtesy', 'courtesy'), ('written', 'written by a person'), ('placement', 'hand-over to an agency')], max_length=20)),
                ('channel', models.CharField(max_length=20, verbose_name='channel')),
                ('recipient', models.CharField(max_length=640, verbose_name='recipient')),
                ('recipient_name', models.CharField(blank=True, max_length=200)),
                ('language', models.CharField(max_length=8)),
                ('template', models.CharField(max_length=120)),
                ('facts', models.JSONField()),
                ('facts_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[(receivables.messaging.states.MessageState['PLANNED'], receivables.messaging.states.MessageState['PLANNED']), (receivables.messaging.states.MessageState['CLAIMED'], receivables.messaging.states.MessageState['CLAIMED']), (receivables.messaging.states.MessageState['HANDED'], receivables.messaging.states.MessageState['HANDED']), (receivables.messaging.states.MessageState['ACCEPTED'], receivables.messaging.states.MessageState['ACCEPTED']), (receivables.messaging.states.MessageState['DELIVERED'], receivables.messaging.states.MessageState['DELIVERED']), (receivables.messaging.states.MessageState['SOFT_BOUNCED'], receivables.messaging.states.MessageState['SOFT_BOUNCED']), (receivables.messaging.states.MessageState['HARD_BOUNCED'], receivables.messaging.states.MessageState['HARD_BOUNCED']), (receivables.messaging.states.MessageState['FAILED'], receivables.messaging.states.MessageState['FAILED']), (receivables.messaging.states.MessageState['WITHDRAWN'], receivables.messaging.states.MessageState['WITHDRAWN']), (receivables.messaging.states.MessageState['EXPIRED'], receivables.messaging.states.MessageState['EXPIRED']), (receivables.messaging.states.MessageState['SUPPRESSED'], receivables.messaging.states.MessageState['SUPPRESSED']), (receivables.messaging.states.MessageState['UNKNOWN'], receivables.messaging.states.MessageState['UNKNOWN']), (receivables.messaging.states.MessageState['ABANDONED'], receivables.messaging.states.MessageState['ABANDONED'])], default=receivables.messaging.states.MessageState['PLANNED'], max_length=20, verbose_name='state')),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('not_before', models.DateTimeField()),
                ('not_after', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('uncalled', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('handed_to', models.CharField(blank=True, db_default='', default='', max_length=80)),
                ('stayed_try', models.SmallIntegerField(db_default=0, default=0)),
                ('taken_try', models.SmallIntegerField(db_default=0, default=0)),
                ('token', models.UUIDField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('message_id', models.CharField(max_length=120, unique=True)),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('text', models.TextField(blank=True)),
                ('html', models.TextField(blank=True)),
                ('rendered_at', models.DateTimeField(blank=True, null=True)),
                ('captured', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('handed_at', models.DateTimeField(blank=True, null=True)),
                ('uncertain_since', models.DateTimeField(blank=True, null=True)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('left_on', models.DateField(blank=True, null=True)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='documents.document')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'indexes': [models.Index(condition=models.Q(('state', 'planned')), fields=['not_before', 'id'], name='message_to_send'), models.Index(condition=models.Q(('state__in', ['claimed', 'handed'])), fields=['lease_until'], name='message_in_hand'), models.Index(fields=['creditor', '-id'], name='message_newest'), models.Index(condition=models.Q(('captured', False), ('handed_at__isnull', False)), fields=['creditor', 'channel', '-handed_at'], name='message_left')],
                'constraints': [models.CheckConstraint(condition=models.Q(('not_after', None), ('not_after__gte', models.F('not_before')), _connector='OR'), name='message_window_is_one'), models.CheckConstraint(condition=models.Q(('uncertain_since', None), models.Q(('handed_at__isnull', False), ('uncertain_since__lte', models.F('handed_at'))), _connector='OR'), name='uncertain_only_after_a_hand_over'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['claimed', 'handed']), _negated=True), models.Q(('lease_until__isnull', False), ('token__isnull', False)), _connector='OR'), name='claim_has_a_lease')],
            },
        ),
        migrations.CreateModel(
            name='InboundMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=20)),
                ('received_at', models.DateTimeField()),
                ('digest', models.CharField(max_length=64)),
                ('fingerprint', models.CharField(max_length=64, unique=True)),
                ('raw', models.BinaryField()),
                ('mail_id', models.CharField(blank=True, max_length=255)),
                ('sender', models.CharField(blank=True, max_length=320, verbose_name='sender')),
                ('sender_name', models.CharField(blank=True, max_length=200)),
                ('recipients', models.JSONField(default=list)),
                ('subject', models.CharField(blank=True, max_length=300, verbose_name='subject')),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('quoted', models.TextField(blank=True)),
                ('automatic', models.CharField(blank=True, max_length=200)),
                ('enclosed', models.JSONField(default=list)),
                ('problems', models.JSONField(default=list)),
                ('outcome', models.CharField(choices=[('waiting', 'not taken yet'), ('reply', 'a reply'), ('notification', 'a report on delivery'), ('ignored', 'a report on no message of ours')], default='waiting', max_length=20)),
                ('detail', models.CharField(blank=True, max_length=200)),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='messaging.message')),
            ],
            options={
                'verbose_name': 'mail received',
                'verbose_name_plural': 'mails received',
                'indexes': [models.Index(condition=models.Q(('outcome', 'waiting')), fields=['id'], name='inbound_mail_waits')],
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('raw'), 10000000), name='inbound_mail_is_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Enclosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enclosed_in', to='documents.document')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enclosures', to='messaging.message')),
            ],
            options={
                'verbose_name': 'enclosure',
                'verbose_name_plural': 'enclosures',
                'ordering': ['message', 'position'],
                'constraints': [models.UniqueConstraint(fields=('message', 'document'), name='paper_enclosed_once')],
            },
        ),
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
                ('source', models.CharField(max_length=60)),
                ('event_id', models.CharField(blank=True, max_length=120)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='messaging.message')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('event_id', ''), _negated=True), fields=('source', 'event_id'), name='delivery_event_taken_once')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('outcome', models.CharField(max_length=20)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tries', to='messaging.message')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('reference', ''), _negated=True), fields=['reference'], name='attempt_of_reference')],
                'constraints': [models.UniqueConstraint(fields=('message', 'number'), name='attempt_recorded_once')],
            },
        ),
        migrations.CreateModel(
            name='PostBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('state', models.CharField(choices=[('open', 'open'), ('closed', 'closed'), ('posted', 'posted'), ('cancelled', 'cancelled')], default='open', max_length=20, verbose_name='state')),
                ('opened_at', models.DateTimeField()),
                ('service', models.CharField(choices=[('ordinary', 'ordinary letter'), ('registered', 'registered letter'), ('receipt', 'registered letter with acknowledgement of receipt')], default='ordinary', max_length=20, verbose_name='kind of letter')),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('posted_on', models.DateField(blank=True, null=True, verbose_name='posted on')),
                ('marked_on', models.DateField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('provider', models.CharField(blank=True, max_length=40)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('try_again_at', models.DateTimeField(blank=True, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('answer', models.CharField(blank=True, max_length=200)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='post_batches', to='accounts.creditor')),
                ('evidence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.document')),
                ('posted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'closed')), fields=['creditor'], name='post_batch_to_post')],
                'constraints': [models.UniqueConstraint(fields=('creditor', 'number'), name='post_batch_numbered_once'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('creditor',), name='one_open_post_batch'), models.CheckConstraint(condition=models.Q(('state', 'open'), models.Q(('closed_at__isnull', False), ('closed_on__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='closed_post_batch_says_when_and_what'), models.CheckConstraint(condition=models.Q(models.Q(('marked_on__isnull', False), ('posted_on__isnull', False), ('state', 'posted')), models.Q(models.Q(('state', 'posted'), _negated=True), ('marked_on', None), ('posted_on', None)), _connector='OR'), name='posted_post_batch_says_its_day'), models.CheckConstraint(condition=models.Q(('posted_on', None), ('posted_on__gte', models.F('closed_on')), _connector='OR'), name='post_batch_posted_after_closing'), models.CheckConstraint(condition=models.Q(('posted_on', None), ('posted_on__lte', models.F('marked_on')), _connector='OR'), name='post_batch_posted_by_today'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='cancelled_post_batch_says_why')],
            },
        ),
        migrations.CreateModel(
            name='PostBatchLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('pages', models.PositiveSmallIntegerField(default=0)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('tracking', models.CharField(blank=True, max_length=40)),
                ('taken_out_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='messaging.postbatch')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='post_letters', to='messaging.message')),
                ('taken_out_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('batch', 'message'), name='letter_once_in_a_batch'), models.UniqueConstraint(fields=('batch', 'position'), name='one_letter_at_a_position'), models.UniqueConstraint(condition=models.Q(('taken_out_at', None)), fields=('message',), name='letter_in_one_live_batch'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('taken_out_at', None)), models.Q(('taken_out_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='taken_out_says_why'), models.CheckConstraint(condition=models.Q(('position__isnull', False), ('taken_out_at__isnull', False), _connector='OR'), name='letter_to_post_has_a_position')],
            },
        ),
        migrations.CreateModel(
            name='ProviderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=60)),
                ('event_id', models.CharField(max_length=120)),
                ('body', models.BinaryField()),
                ('key', models.CharField(blank=True, max_length=64)),
                ('mail_id', models.CharField(blank=True, max_length=250)),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('kind', models.CharField(max_length=20)),
                ('detail', models.CharField(blank=True, max_length=300)),
                ('happened_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('next_try_at', models.DateTimeField()),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('moved', 'moved the message'), ('noted', 'noted, nothing new'), ('refused', 'refused'), ('given_up', 'no message found')], max_length=20)),
                ('result', models.CharField(blank=True, max_length=200)),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reported', to='messaging.message')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('applied_at', None)), fields=['next_try_at'], name='provider_event_waits'), models.Index(fields=['outcome', 'received_at'], name='provider_event_outcomes')],
                'constraints': [models.UniqueConstraint(fields=('source', 'event_id'), name='provider_event_taken_once'), models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('body'), 16384), name='provider_event_body_is_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('applied_at', None), ('outcome', '')), models.Q(('applied_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='applied_event_has_an_outcome')],
            },
        ),
        migrations.CreateModel(
            name='Sender',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name="sender's name")),
                ('address', models.EmailField(blank=True, max_length=254, verbose_name="sender's address")),
                ('reply_to', models.EmailField(blank=True, max_length=254, verbose_name='address for answers')),
                ('selectors', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=63), blank=True, default=list, size=None)),
                ('signing_domain', models.CharField(blank=True, max_length=200)),
                ('signature', models.CharField(blank=True, max_length=500, verbose_name='signature')),
                ('creditor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sender', to='accounts.creditor')),
            ],
            options={
                'verbose_name': 'sender',
                'verbose_name_plural': 'senders',
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='sender_has_a_name'), models.CheckConstraint(condition=models.Q(models.Q(('address__iregex', '(no|don.?t|do.?not)[^a-z@]*repl|nie[^a-z@]*odpow|mailer.?daemon'), _negated=True), models.Q(('reply_to__iregex', '(no|don.?t|do.?not)[^a-z@]*repl|nie[^a-z@]*odpow|mailer.?daemon'), _negated=True)), name='sender_can_be_answered')],
            },
        ),
        migrations.CreateModel(
            name='SenderCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.CharField(blank=True, max_length=253)),
                ('at', models.DateTimeField()),
                ('level', models.CharField(choices=[(receivables.messaging.sender.findings.Level['OK'], receivables.messaging.sender.findings.Level['OK']), (receivables.messaging.sender.findings.Level['UNCLEAR'], receivables.messaging.sender.findings.Level['UNCLEAR']), (receivables.messaging.sender.findings.Level['WARNING'], receivables.messaging.sender.findings.Level['WARNING']), (receivables.messaging.sender.findings.Level['FAULT'], receivables.messaging.sender.findings.Level['FAULT'])], max_length=20)),
                ('findings', models.JSONField()),
                ('creditor', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sender_check', to='accounts.creditor')),
            ],
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20)),
                ('address', models.CharField(max_length=640)),
                ('reason', models.CharField(max_length=200)),
                ('since', models.DateTimeField()),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('creditor', 'channel', 'address'), name='address_suppressed_once'), models.CheckConstraint(condition=models.Q(models.Q(('channel', 'email'), _negated=True), ('address', django.db.models.functions.text.Lower('address')), _connector='OR'), name='suppressed_mail_is_in_small_letters')],
            },
        ),
        migrations.CreateModel(
            name='TrialAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=640, verbose_name='address')),
                ('since', models.DateTimeField()),
                ('added_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('creditor', 'address'), name='guest_named_once')],
            },
        ),
        migrations.CreateModel(
            name='BounceCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20)),
                ('address', models.CharField(max_length=640)),
                ('on', models.DateField()),
                ('count', models.DecimalField(decimal_places=1, max_digits=2)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('creditor', 'channel', 'address', 'on'), name='bounces_counted_once_a_day'), models.CheckConstraint(condition=models.Q(('count__gt', 0), ('count__lte', 1)), name='bounce_counts_one_at_most')],
            },
        ),
        migrations.CreateModel(
            name='Brake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(blank=True, max_length=20, verbose_name='channel')),
                ('kind', models.CharField(choices=[('halt', 'stopped by a person'), ('bounces', 'too many bounces'), ('complaints', 'too many complaints'), ('unknown', 'too many unknown outcomes'), ('volume', 'an unusually large run'), ('journal', 'the send journal cannot be written')], max_length=20)),
                ('since', models.DateTimeField()),
                ('facts', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('release_reason', models.CharField(blank=True, max_length=200)),
                ('creditor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('released_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('creditor', 'channel', 'kind'), name='one_open_brake_per_kind', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('released_at', None), models.Q(('release_reason', ''), _negated=True), _connector='OR'), name='brake_released_with_a_reason'), models.CheckConstraint(condition=models.Q(('kind__in', ['halt', 'bounces', 'complaints', 'unknown', 'volume', 'journal'])), name='brake_of_a_known_kind')],
            },
        ),
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mode', models.CharField(choices=[('quarantine', 'quarantine'), ('live', 'live')], default='quarantine', max_length=20)),
                ('database_identity', models.CharField(blank=True, max_length=120)),
                ('live_since', models.DateTimeField(blank=True, null=True)),
                ('trial_since', models.DateTimeField(blank=True, null=True)),
                ('is_halted', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_dispatch_row')],
            },
        ),
        migrations.CreateModel(
            name='FencedMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(max_length=64)),
                ('fence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='messaging.fence')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('mark', 'fence'), name='mark_fenced_once')],
            },
        ),
    ])]
