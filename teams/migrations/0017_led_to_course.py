"""Who is new is led to the course."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("teams", "0016_choices")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_led_to_course",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
