import django.db.models.deletion
import triage.models.attachment
from django.conf import settings
from django.db import migrations, models


FROZEN = """
CREATE TRIGGER triage_attachedfile_frozen BEFORE UPDATE ON triage_attachedfile
    FOR EACH ROW EXECUTE FUNCTION socialhub_refuse_change();
CREATE TRIGGER triage_attachment_frozen BEFORE UPDATE OR DELETE ON triage_attachment
    FOR EACH ROW WHEN (OLD.draft_id IS NULL) EXECUTE FUNCTION socialhub_refuse_change();
"""

NOT_FROZEN = """
DROP TRIGGER triage_attachment_frozen ON triage_attachment;
DROP TRIGGER triage_attachedfile_frozen ON triage_attachedfile;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0007_web_subscriptions"),
        ("triage", "0012_answers_can_be_changed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="approval",
            name="parts",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="approval",
            name="split",
            field=models.CharField(
                blank=True,
                choices=[("", "One post"), ("plain", "A thread"), ("numbered", "A thread with numbers (1/3)")],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="split",
            field=models.CharField(
                blank=True,
                choices=[("", "One post"), ("plain", "A thread"), ("numbered", "A thread with numbers (1/3)")],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="reply",
            name="split",
            field=models.CharField(
                blank=True,
                choices=[("", "One post"), ("plain", "A thread"), ("numbered", "A thread with numbers (1/3)")],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="AttachedFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.FileField(max_length=200, upload_to=triage.models.attachment._place)),
                ("name", models.CharField(max_length=120)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                ("sha256", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("alt", models.TextField(blank=True)),
                (
                    "approval",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="triage.approval",
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="triage.draft",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="triage.attachedfile",
                    ),
                ),
                (
                    "reply",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="triage.reply",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="ReplyPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.TextField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("external_id", models.CharField(blank=True, max_length=500)),
                ("raw", models.JSONField(default=dict)),
                (
                    "mention",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reply_part",
                        to="listening.mention",
                    ),
                ),
                (
                    "reply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="triage.reply"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="attachedfile",
            index=models.Index(fields=["added_at"], name="triage_attachedfile_by_age"),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approval", None), ("draft__isnull", False), ("reply", None)),
                    models.Q(("approval__isnull", False), ("draft", None), ("reply", None)),
                    models.Q(("approval", None), ("draft", None), ("reply__isnull", False)),
                    _connector="OR",
                ),
                name="triage_attachment_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("draft", "position"), name="triage_attachment_place_in_draft"),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(
                fields=("approval", "position"), name="triage_attachment_place_in_approval"
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.UniqueConstraint(fields=("reply", "position"), name="triage_attachment_place_in_reply"),
        ),
        migrations.AddConstraint(
            model_name="replypart",
            constraint=models.UniqueConstraint(fields=("reply", "position"), name="triage_replypart_position_once"),
        ),
        migrations.AddConstraint(
            model_name="replypart",
            constraint=models.CheckConstraint(
                condition=models.Q(("external_id", ""), ("sent_at__isnull", False), _connector="OR"),
                name="triage_replypart_known_is_sent",
            ),
        ),
        migrations.RunSQL(FROZEN, NOT_FROZEN),
    ]
