from django.db import migrations, models

import dunning.states


class Migration(migrations.Migration):

    dependencies = [
        ('dunning', '0012_pesel_to_agencies'),
    ]

    operations = [
        migrations.AlterField(
            model_name='limitationevent',
            name='proof',
            field=models.CharField(choices=[(dunning.states.ProofKind['EMAIL'], 'e-mail'), (dunning.states.ProofKind['LETTER'], 'letter'), (dunning.states.ProofKind['PART_PAYMENT'], 'part payment that names the invoice'), (dunning.states.ProofKind['PORTAL'], 'accepted on the portal'), (dunning.states.ProofKind['COURT_PAPER'], 'paper of a court or bailiff'), (dunning.states.ProofKind['OTHER'], 'other')], max_length=20, verbose_name='proof'),
        ),
    ]
