"""Every order of every queue is a scan of exactly that queue."""

from django.db import migrations, models
from django.db.models import F, OrderBy, Q, Value
from django.db.models.expressions import CombinedExpression

NEW = Q(("stage", "new"))
URGENT = Q(("priority", 1), ("stage__in", ("new", "assigned", "claimed")))
IN_DEPARTMENT = Q(("stage__in", ["assigned", "claimed"]))
WAITING = Q(("stage", "waiting"))


def index(name, *expressions, **options):
    return migrations.AddIndex(model_name="conversation", index=models.Index(*expressions, name=name, **options))


def no_index(name):
    return migrations.RemoveIndex(model_name="conversation", name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0031_erasing_is_the_only_change"),
    ]

    operations = [
        no_index("triage_conv_running_priority"),
        no_index("triage_conv_running_newest"),
        no_index("triage_conv_running_reach"),
        index("triage_conv_to_decide_newest", fields=["-last_inbound_at", "-id"], condition=NEW),
        index("triage_conv_to_decide_reach", fields=["-reach", "-id"], condition=NEW),
        index("triage_conv_to_decide_priority", fields=["priority", "due_at", "id"], condition=NEW),
        index("triage_conv_urgent_newest", fields=["-last_inbound_at", "-id"], condition=URGENT),
        index("triage_conv_urgent_reach", fields=["-reach", "-id"], condition=URGENT),
        index("triage_conv_dept_newest", fields=["department", "-last_inbound_at", "-id"], condition=IN_DEPARTMENT),
        index("triage_conv_dept_reach", fields=["department", "-reach", "-id"], condition=IN_DEPARTMENT),
        index("triage_conv_dept_priority", fields=["department", "priority", "due_at", "id"], condition=IN_DEPARTMENT),
        index(
            "triage_conv_waiting_priority",
            OrderBy(CombinedExpression(Value(4), "-", F("priority")), descending=True),
            OrderBy(F("last_inbound_at"), descending=True),
            OrderBy(F("id"), descending=True),
            condition=WAITING,
        ),
        index("triage_conv_waiting_reach", fields=["-reach", "-id"], condition=WAITING),
    ]
