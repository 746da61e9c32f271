"""The Celery app, and what beat wakes when.

Every entry is a sweep: it finds rows that wait for work, so a lost message costs
seconds and never a row. Each takes its advisory lock, so two beats do no harm.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialhub.settings.development")

app = Celery("socialhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["teams", "policies", "listening", "listening.webhooks", "listening.websub", "triage", "insights"]
)

app.conf.beat_schedule = {
    "fetch due channels": {"task": "listening.fetch_due_channels", "schedule": 5.0},
    "tell of deaf channels": {"task": "listening.tell_of_deaf_channels", "schedule": 15.0},
    "watch for spikes": {"task": "listening.watch_for_spikes", "schedule": 60.0},
    "sweep pictures": {"task": "listening.sweep_pictures", "schedule": 60.0},
    "keep web subscriptions": {"task": "listening.keep_web_subscriptions", "schedule": 60.0},
    "sweep webhook calls": {"task": "listening.sweep_webhook_calls", "schedule": 10.0},
    "take in waiting mentions": {"task": "triage.take_in_mentions", "schedule": 15.0},
    "put due versions in force": {"task": "policies.put_due_in_force", "schedule": 10.0},
    "remind to attest": {"task": "policies.remind_to_attest", "schedule": 900.0},
    "compact rule counts": {"task": "policies.compact_rule_counts", "schedule": 300.0},
    "sweep replies": {"task": "triage.sweep_replies", "schedule": 10.0},
    "sweep claims": {"task": "triage.sweep_claims", "schedule": 30.0},
    "wake snoozed": {"task": "triage.wake_snoozed", "schedule": 20.0},
    "watch deadlines": {"task": "triage.watch_deadlines", "schedule": 30.0},
    "sweep approvals": {"task": "triage.sweep_approvals", "schedule": 30.0},
    "sweep back-tests": {"task": "triage.sweep_back_tests", "schedule": 30.0},
    "sweep bulk runs": {"task": "triage.sweep_bulk_runs", "schedule": 30.0},
    "sweep incidents": {"task": "triage.sweep_incidents", "schedule": 30.0},
    "sweep retention": {"task": "triage.sweep_retention", "schedule": 120.0},
    "forget files": {"task": "triage.forget_files", "schedule": 600.0},
    "flag stale answers": {"task": "triage.flag_stale_answers", "schedule": 300.0},
    "compact queue counts": {"task": "triage.compact_queue_counts", "schedule": 30.0},
    "count saved views": {"task": "triage.count_saved_views", "schedule": 5.0},
    "sweep notifications": {"task": "teams.sweep_notifications", "schedule": 20.0},
    "roll up": {"task": "insights.roll_up", "schedule": 30.0},
}
# An entry that waited longer than its period is worth nothing: the next one does its work.
for entry in app.conf.beat_schedule.values():
    entry["options"] = {"expires": 60}
