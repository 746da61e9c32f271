"""How far an import has come."""

from django.db import models

from listening.models.channel import Channel


class ImportRun(models.Model):
    """One file read into one channel; a killed run goes on after ``last_line``.

    The digest covers the file and the mapping, so that another file or another
    reading of the same file is another run.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="import_runs")
    digest = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255)
    last_line = models.PositiveBigIntegerField(default=0)
    read_count = models.PositiveBigIntegerField(default=0)
    new_count = models.PositiveBigIntegerField(default=0)
    known_count = models.PositiveBigIntegerField(default=0)
    rejected_count = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "digest"], name="listening_importrun_once")]

    def __str__(self) -> str:
        return self.file_name
