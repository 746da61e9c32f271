import socket
from contextlib import ExitStack

import pytest

from bench.fight import figures
from bench.fighting import Fight
from tests.local.running import until
from tests.support.serving import answers, serving
from triage.models import Conversation
from triage.services import checking

pytestmark = [pytest.mark.processes, pytest.mark.enable_socket, pytest.mark.django_db(transaction=True)]

PEOPLE, PROCESSES, CONVERSATIONS, SECONDS = 8, 2, 40, 5


@pytest.fixture
def ports() -> list[int]:
    with ExitStack() as free:
        held = [free.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(PROCESSES)]
        return [one.getsockname()[1] for one in held]


@pytest.mark.timeout(300)
def test_the_record_tells_how_a_fight_of_many_people_ended(ports):
    with serving(*(["web", "--host", "127.0.0.1", "--port", str(port)] for port in ports)):
        for port in ports:
            until(lambda port=port: answers(port), 120)
        fight = Fight.over(CONVERSATIONS, people=PEOPLE, ports=ports)
        fight.go_on(seconds=SECONDS)

    assert [figure.name for figure in figures(fight) if not figure.holds] == []
    # Whoever writes past the record is found.
    changed = Conversation.objects.earliest("pk")
    Conversation.objects.filter(pk=changed.pk).update(fence=changed.fence + 1)
    assert [(one.conversation_id, one.what) for one in checking.differences()] == [(changed.pk, "fence")]
