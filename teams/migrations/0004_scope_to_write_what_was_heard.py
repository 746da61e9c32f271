import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0003_told_of_channels_and_streams"),
    ]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("read", "Read what I can see"),
                        ("decide", "Record decisions"),
                        ("answer", "Claim, draft and send"),
                        ("listen", "Write takeaways and what was heard"),
                    ],
                    max_length=10,
                ),
                size=None,
            ),
        ),
    ]
