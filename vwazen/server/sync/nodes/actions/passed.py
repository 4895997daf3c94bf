"""Which batches came from another node: they are not told back to it."""

from collections.abc import Collection

from vwazen.server.record import store
from vwazen.server.record.models import Batch


def last_batch() -> int:
    """The newest; 0 where there is none."""
    return Batch.objects.order_by("-id").values_list("id", flat=True).first() or 0


def note(node: str, before: int, facts: Collection[str]) -> None:
    """Of the batches after `before` those with these facts came from `node` ("" for the one above).

    Others of that moment did not: what waited here for a registration, and what somebody recorded meanwhile.
    """
    fresh = Batch.objects.filter(id__gt=before).values_list("id", "facts")
    theirs = [(batch, node) for batch, ids in fresh if not set(ids).isdisjoint(facts)]
    store.insert("node_passed", ("batch", "node"), theirs)
