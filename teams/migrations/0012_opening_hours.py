from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("teams", "0011_told_of_the_policy"),
    ]

    operations = [
        migrations.AddField(
            model_name="department",
            name="holiday_country",
            field=models.CharField(blank=True, editable=False, max_length=2),
        ),
        migrations.AddField(
            model_name="department",
            name="holiday_region",
            field=models.CharField(blank=True, editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name="department",
            name="hours_time_zone",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="department",
            name="own_days",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name="department",
            name="week",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="organisation",
            name="holiday_country",
            field=models.CharField(blank=True, editable=False, max_length=2),
        ),
        migrations.AddField(
            model_name="organisation",
            name="holiday_region",
            field=models.CharField(blank=True, editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name="organisation",
            name="own_days",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
        migrations.AddField(
            model_name="organisation",
            name="week",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
