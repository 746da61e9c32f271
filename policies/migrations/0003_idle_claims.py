from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0002_published_is_immutable"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="target",
            name="policies_target_positive",
        ),
        migrations.AddField(
            model_name="target",
            name="idle_minutes",
            field=models.PositiveIntegerField(default=240, verbose_name="minutes a claim may rest"),
        ),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answer_minutes__gt", 0),
                    ("claim_minutes__gt", 0),
                    ("decide_minutes__gt", 0),
                    ("idle_minutes__gt", 0),
                ),
                name="policies_target_positive",
            ),
        ),
    ]
