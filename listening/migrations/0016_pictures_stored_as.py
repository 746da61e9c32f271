from django.db import migrations, models

# Where a copy lies is known before there is one; those that were still waited for get their place here.
GIVE_PLACES = """
    UPDATE listening_picture SET stored_as = 'heard/' || replace(gen_random_uuid()::text, '-', '') WHERE stored_as = ''
"""


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0015_webhook_calls_in_words"),
    ]

    operations = [
        migrations.RenameField("picture", "file", "stored_as"),
        migrations.AlterField("picture", "stored_as", models.CharField(max_length=100)),
        migrations.RunSQL(GIVE_PLACES, migrations.RunSQL.noop),
    ]
