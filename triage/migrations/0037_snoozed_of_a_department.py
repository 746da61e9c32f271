"""What is snoozed is read department by department as well."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0036_foreseen_of_bulk_runs"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["department", "-last_inbound_at", "-id"],
                name="triage_conv_dept_snoozed",
                condition=Q(("snoozed_at__isnull", False)),
            ),
        ),
    ]
