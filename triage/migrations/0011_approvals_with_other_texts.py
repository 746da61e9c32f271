import django.db.models.deletion
from django.db import migrations, models

OPEN_STATES = ["asked", "approved", "edited"]


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0010_uses_of_saved_answers"),
    ]

    operations = [
        migrations.AddField(model_name="approval", name="edited_body", field=models.TextField(blank=True)),
        migrations.AddField(
            model_name="approval",
            name="replaces",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="triage.approval",
            ),
        ),
        migrations.AlterField(
            model_name="approval",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "Waiting for approval"),
                    ("approved", "Approved"),
                    ("edited", "Approved with another text"),
                    ("rejected", "Rejected"),
                    ("withdrawn", "Withdrawn"),
                    ("expired", "Expired"),
                    ("replaced", "Replaced by another text"),
                    ("used", "Sent"),
                ],
                default="asked",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="reply",
            name="approval",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="triage.approval"
            ),
        ),
        migrations.RemoveIndex(model_name="approval", name="triage_approval_open"),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                fields=["expires_at"], name="triage_approval_open", condition=models.Q(state__in=OPEN_STATES)
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                name="triage_approval_edited_has_text",
                condition=~models.Q(state="edited") | ~models.Q(edited_body=""),
            ),
        ),
    ]
