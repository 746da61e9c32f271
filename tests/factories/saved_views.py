import factory

from tests.factories.teams import NOON, UserFactory
from triage.models import SavedView


class SavedViewFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SavedView

    name = factory.Sequence(lambda n: f"View {n}")
    query = "stage:open"
    sort = "newest"
    owner = factory.SubFactory(UserFactory)
    department = None
    position = factory.Sequence(lambda n: n)
    created_at = NOON
    changed_at = NOON
    looked_at = NOON
