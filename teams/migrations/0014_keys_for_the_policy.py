"""Programs may try versions of the policy on the past."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0013_told_of_deadlines"),
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
                        ("policy", "Try versions of the policy on the past"),
                    ],
                    max_length=10,
                ),
                size=None,
            ),
        ),
    ]
