"""What somebody practises on is seen by that person alone and counted nowhere."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WORK_COUNTED = """
CREATE OR REPLACE FUNCTION triage_count_queues() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, count(*) FROM after_rows
        WHERE learner_id IS NULL GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, -count(*) FROM before_rows
        WHERE learner_id IS NULL GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, sum(n) FROM (
            SELECT stage, department_id, channel_id, priority, 1 AS n FROM after_rows WHERE learner_id IS NULL
            UNION ALL
            SELECT stage, department_id, channel_id, priority, -1 FROM before_rows WHERE learner_id IS NULL
        ) AS changes GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
"""

EVERYTHING_COUNTED = """
CREATE OR REPLACE FUNCTION triage_count_queues() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, count(*) FROM after_rows GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, -count(*) FROM before_rows GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
        SELECT stage, department_id, channel_id, priority, sum(n) FROM (
            SELECT stage, department_id, channel_id, priority, 1 AS n FROM after_rows
            UNION ALL
            SELECT stage, department_id, channel_id, priority, -1 FROM before_rows
        ) AS changes GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("triage", "0024_orders_and_saved_views"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="learner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="practice",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("learner__isnull", False)),
                fields=["learner", "-last_inbound_at", "-id"],
                name="triage_conv_practice",
            ),
        ),
        migrations.RunSQL(WORK_COUNTED, EVERYTHING_COUNTED),
    ]
