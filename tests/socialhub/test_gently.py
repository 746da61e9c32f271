import os
import sys
import threading

import pytest

from socialhub.lib.gently import NICENESS, gently


def rank():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere threads have no rank of their own.")
def test_gentle_work_gives_way_and_the_worker_keeps_its_rank():
    before = rank()

    assert gently(rank) == max(before, NICENESS)
    assert rank() == before


def test_what_fails_gently_fails_where_it_was_asked_for():
    def work():
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        gently(work)


def test_gentle_work_answers():
    assert gently(lambda: None) is None
