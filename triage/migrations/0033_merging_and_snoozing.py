"""Merging undone, and snoozing: what is snoozed is in no queue and in no number of one."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


WOKEN_BY_MOVES = """
CREATE FUNCTION triage_wake_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.snoozed_at := NULL;
    NEW.snoozed_by_id := NULL;
    NEW.snoozed_until := NULL;
    NEW.snoozed_reach := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER triage_conversation_woken_by_moves BEFORE UPDATE ON triage_conversation FOR EACH ROW
    WHEN (OLD.snoozed_at IS NOT NULL AND (OLD.stage, OLD.holder_id, OLD.department_id, OLD.fence)
          IS DISTINCT FROM (NEW.stage, NEW.holder_id, NEW.department_id, NEW.fence))
    EXECUTE FUNCTION triage_wake_moved();
"""

NOT_WOKEN = """
DROP TRIGGER triage_conversation_woken_by_moves ON triage_conversation;
DROP FUNCTION triage_wake_moved();
"""


def counted(place):
    return f"""
CREATE OR REPLACE FUNCTION triage_count_queues() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT {place}, department_id, channel_id, priority, count(*) FROM after_rows
        WHERE learner_id IS NULL GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT {place}, department_id, channel_id, priority, -count(*) FROM before_rows
        WHERE learner_id IS NULL GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT place, department_id, channel_id, priority, sum(n) FROM (
            SELECT {place} AS place, department_id, channel_id, priority, 1 AS n
            FROM after_rows WHERE learner_id IS NULL
            UNION ALL
            SELECT {place}, department_id, channel_id, priority, -1
            FROM before_rows WHERE learner_id IS NULL
        ) AS changes GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
"""  # noqa: S608 - no reader's text in it


WITHOUT_SNOOZED = counted("CASE WHEN snoozed_at IS NULL THEN stage ELSE 'snoozed' END")
WITH_SNOOZED = counted("stage")


class Migration(migrations.Migration):
    dependencies = [
        ("listening", "0011_mentions_can_be_erased"),
        ("teams", "0018_tellings_of_a_conversation"),
        ("triage", "0032_orders_of_queues"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("mentions", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("notes", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("drafts", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("former", models.JSONField()),
                ("changed", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="conversation",
            name="snoozed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="snoozed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="conversation",
            name="snoozed_reach",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="snoozed_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Opened"),
                    ("written_down", "Written Down"),
                    ("heard", "Heard"),
                    ("copied", "Copied"),
                    ("split", "Split"),
                    ("edited", "Edited"),
                    ("deleted", "Deleted"),
                    ("bounced", "Bounced"),
                    ("decided", "Decided"),
                    ("decision_reversed", "Decision Reversed"),
                    ("decision_undone", "Decision Undone"),
                    ("claimed", "Claimed"),
                    ("released", "Released"),
                    ("offered", "Offered"),
                    ("hand_over_asked", "Hand Over Asked"),
                    ("handed_over", "Handed Over"),
                    ("hand_over_declined", "Hand Over Declined"),
                    ("hand_over_withdrawn", "Hand Over Withdrawn"),
                    ("taken_over", "Taken Over"),
                    ("claim_warned", "Claim Warned"),
                    ("claim_returned", "Claim Returned"),
                    ("note", "Note"),
                    ("approval_asked", "Approval Asked"),
                    ("approval_given", "Approval Given"),
                    ("approval_edited", "Approval Edited"),
                    ("approval_rejected", "Approval Rejected"),
                    ("approval_withdrawn", "Approval Withdrawn"),
                    ("approval_expired", "Approval Expired"),
                    ("approval_skipped", "Approval Skipped"),
                    ("conduct_skipped", "Conduct Skipped"),
                    ("reply_queued", "Reply Queued"),
                    ("part_sent", "Part Sent"),
                    ("reply_sent", "Reply Sent"),
                    ("reply_failed", "Reply Failed"),
                    ("reply_uncertain", "Reply Uncertain"),
                    ("reply_settled", "Reply Settled"),
                    ("reply_withdrawn", "Reply Withdrawn"),
                    ("change_queued", "Change Queued"),
                    ("change_failed", "Change Failed"),
                    ("change_uncertain", "Change Uncertain"),
                    ("change_settled", "Change Settled"),
                    ("change_withdrawn", "Change Withdrawn"),
                    ("reply_corrected", "Reply Corrected"),
                    ("reply_removed", "Reply Removed"),
                    ("waiting", "Waiting"),
                    ("closed", "Closed"),
                    ("reopened", "Reopened"),
                    ("merged", "Merged"),
                    ("merge_undone", "Merge Undone"),
                    ("snoozed", "Snoozed"),
                    ("woken", "Woken"),
                    ("escalated", "Escalated"),
                    ("takeaway", "Takeaway"),
                    ("person_joined", "Person Joined"),
                    ("person_separated", "Person Separated"),
                    ("held", "Held"),
                    ("hold_lifted", "Hold Lifted"),
                    ("erased", "Erased"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("snoozed_at__isnull", False)),
                fields=["-last_inbound_at", "-id"],
                name="triage_conv_snoozed",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("snoozed_until__isnull", False)),
                fields=["snoozed_until", "id"],
                name="triage_conv_wakes_at",
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("snoozed_reach__isnull", False)), fields=["id"], name="triage_conv_wakes_by_reach"
            ),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("snoozed_at", None), ("snoozed_by", None), ("snoozed_reach", None), ("snoozed_until", None)
                    ),
                    models.Q(
                        ("snoozed_at__isnull", False),
                        ("snoozed_by__isnull", False),
                        ("stage__in", ("new", "assigned", "claimed", "waiting")),
                    ),
                    _connector="OR",
                ),
                name="triage_conversation_snooze_fits_stage",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="merged_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="source",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges_into",
                to="triage.conversation",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="target",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges_from",
                to="triage.conversation",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(("undone_at", None)), fields=["target", "-id"], name="triage_merge_into"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("source",), name="triage_merge_into_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("target")), _negated=True), name="triage_merge_not_into_itself"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at", None), ("undone_by", None)),
                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                    _connector="OR",
                ),
                name="triage_merge_undone_by_somebody",
            ),
        ),
        migrations.RunSQL(WOKEN_BY_MOVES, NOT_WOKEN),
        migrations.RunSQL(WITHOUT_SNOOZED, WITH_SNOOZED),
    ]
