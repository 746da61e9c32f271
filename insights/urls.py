"""The addresses of streams, takeaways and reports."""

from django.urls import path

from insights.views import listen, matched, measuring, reports, takeaways

app_name = "insights"

urlpatterns = [
    path("listen/", listen.listen, name="listen"),
    path("listen/<slug:slug>/", listen.stream, name="stream"),
    path("streams/<int:stream_id>/", matched.heard_by, name="heard_by"),
    path("takeaways/", takeaways.listed, name="takeaways"),
    path("takeaways/takeaways.csv", takeaways.download, name="takeaways_csv"),
    path("conversations/<int:conversation_id>/takeaways/", takeaways.take_away, name="take_away"),
    path("how-we-measure/", measuring.measuring, name="measuring"),
    path("reports/", reports.reports, name="reports"),
    path("reports/numbers.csv", reports.download, name="reports_csv"),
]
