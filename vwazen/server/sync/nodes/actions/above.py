"""On the node below: joining the node above, bringing it what was recorded here, taking what it gives."""

import json
from datetime import date, datetime

import msgspec
from django.conf import settings
from django.db import transaction

from vwazen.clinical import facts as f
from vwazen.home import home
from vwazen.server.audit.actions import log
from vwazen.server.organisation import policy, sealed
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import OnCall, Post, Site, Worker
from vwazen.server.record import clock, seal, store, upkeep
from vwazen.server.record.actions import append_each
from vwazen.server.record.erasing import erase, scrub
from vwazen.server.record.models import Batch, Erasure, Fact, Person, Seal
from vwazen.server.sync.nodes.actions import passed
from vwazen.server.sync.nodes.models import Above, Passed
from vwazen.server.sync.nodes.wire import (
    MOST_FACTS,
    Answer,
    Ask,
    Enrol,
    Enrolled,
    Gone,
    Organisation,
    Sealed,
    Unreachable,
    checked,
    post,
)


def join(*, address: str, code: str, authority: str = "") -> Above:
    """Become the node below of the one at `address`. This node must be empty: it gets its sites and workers from there.

    `authority`: the certificate, as text, of a local authority that the other node shows under /phone/trust.
    """
    address = checked(address).rstrip("/")
    if Above.objects.exists():
        raise Invalid("This node belongs to another one already. `vwazen node status` says to which.")
    if Worker.objects.exists() or Fact.objects.exists():
        raise Invalid(
            "This node holds workers or people of its own. A node joins another while it is empty: choose a new "
            "folder with VWAZEN_HOME and join before the first `vwazen up`."
        )
    answer = msgspec.json.decode(
        post(f"{address}/sync/node/enrol", Enrol(code=code), authority=authority), type=Enrolled
    )
    with transaction.atomic():
        row = Above.objects.create(
            address=address, node=answer.node, authority=authority,
            token=sealed.seal(bytes.fromhex(answer.token), owner=answer.node, node_key=settings.SECRET_KEY),
        )  # fmt: skip
        log(by=None, action="node-join", note=f"node={answer.node}")
    if answer.synthetic:
        mark = {"size": "clinic", "seed": 0, "years": 0, "now": clock.now().isoformat(), "done": True}
        (home() / upkeep.SYNTHETIC).write_text(json.dumps(mark) + "\n")
        settings.SYNTHETIC = True
    return row


def leave() -> None:
    """Belong to nobody: what is here stays here. For a laptop whose node above is gone for good."""
    Above.objects.all().delete()
    log(by=None, action="node-leave")


def unsent(row: Above) -> int:
    """How many entries recorded here the node above does not have yet."""
    ours = Batch.objects.filter(id__gt=row.sent).exclude(id__in=Passed.objects.values("batch"))
    return sum(len(ids) for ids in ours.values_list("facts", flat=True))


def talk(*, most: int = 10_000) -> Above:
    """Bring and take until neither side has more; how it stands afterwards. Raises `Unreachable`, or Invalid.

    What was exchanged before a break of the link stays exchanged.
    """
    row = Above.objects.first()
    if row is None:
        raise Invalid("This node belongs to no other. `vwazen node join ADDRESS CODE` joins it to one.")
    try:
        for _ in range(most):
            if not _once(row):
                break
    except (Unreachable, Invalid) as problem:
        Above.objects.filter(pk=row.pk).update(tried=clock.now(), problem=str(problem)[:300])
        raise
    return row


def _once(row: Above) -> bool:
    """One question and its answer; whether there is more to say."""
    seal.seal()
    upto, facts = _fresh(row.sent)
    last = Seal.objects.order_by("-id").first()
    ask = Ask(
        synthetic=settings.SYNTHETIC, after=row.sent, upto=upto, facts=tuple(msgspec.Raw(one) for one in facts),
        seal=Sealed(number=last.pk, chain=last.chain) if last else None, got=row.got, organisation=row.organisation,
        erased=row.erased,
    )  # fmt: skip
    secret = sealed.unseal(row.token, owner=row.node, node_key=settings.SECRET_KEY).hex()
    raw = post(f"{row.address}/sync/node/", ask, token=f"{row.node}.{secret}", authority=row.authority)
    answer = msgspec.json.decode(raw, type=Answer)
    for one in answer.gone:
        _erase(row, one)
    if answer.organisation is not None:
        take_organisation(answer.organisation)
    keep(row, answer)
    return bool(answer.gone) or answer.more or answer.taken < _sealed_upto() or bool(facts)


def _sealed_upto() -> int:
    return Seal.objects.order_by("-id").values_list("last_batch", flat=True).first() or 0


def _fresh(sent: int) -> tuple[int, list[bytes]]:
    """The sealed batches after `sent` that were recorded here, as far as fits: up to which, and their facts."""
    theirs = set(Passed.objects.filter(batch__gt=sent).values_list("batch", flat=True))
    upto, facts = sent, list[bytes]()
    for batch in Batch.objects.filter(id__gt=sent, id__lte=_sealed_upto()).order_by("id").iterator():
        if len(facts) >= MOST_FACTS:
            break
        upto = batch.id
        if batch.id not in theirs:
            stored = store.known_facts(list(batch.facts))
            facts += [stored[one] for one in batch.facts if one in stored]  # without what was erased since
    return upto, facts


def keep(row: Above, answer: Answer) -> None:
    """Append what was given from above, in one transaction with how far that is."""
    facts = [f.decode(one) for one in answer.facts]
    with store.writing():
        before = passed.last_batch()
        if facts:
            append_each(facts, code="node.broken")
            passed.note("", before, {fact.id for fact in facts})
        row.sent, row.got, row.waits = answer.taken, answer.got, answer.waits
        row.contact = row.tried = clock.now()
        row.problem, row.organisation = "", answer.organisation_digest
        row.save()


def _erase(row: Above, gone: Gone) -> None:
    """Erase here what was erased above, with what was recorded here of the same person and not sent yet."""
    by = Worker(id=row.node, name="The node above")  # of nobody here: two people there asked and did it
    with store.writing():
        person = Person.objects.filter(pk=gone.person).first()
        if person is not None:
            erasure, _ = Erasure.objects.get_or_create(
                id=gone.erasure, defaults={
                    "person": gone.person, "path": person.path, "ground": "asked", "asked_by": row.node,
                    "asked_by_name": by.name, "asked": clock.now(),
                },
            )  # fmt: skip
            erase(by=by, erasure=erasure)
        row.erased = gone.number
        row.save(update_fields=["erased"])
    scrub()


# who works where, as the node above says it


def take_organisation(said: Organisation) -> None:
    """Bring sites, workers, posts and turns to what the node above says. Nothing is deleted."""
    with transaction.atomic():
        for site in said.sites:
            Site.objects.update_or_create(
                code=site.code,
                defaults={"name": site.name, "kind": site.kind, "path": site.path, "parent_id": site.parent or None},
            )
        for one in said.workers:
            Worker.objects.update_or_create(
                id=one.id,
                defaults={
                    "username": one.username, "name": one.name, "phone": one.phone, "language": one.language,
                    "is_active": one.active, "minutes_per_week": one.minutes, "password": one.password or "!",
                },
            )  # fmt: skip
        for one in said.workers:
            Worker.objects.filter(pk=one.id).update(supervisor_id=one.supervisor or None)
        for post_row in said.posts:
            Post.objects.update_or_create(
                worker_id=post_row.worker, role=post_row.role, site_id=post_row.site,
                starts=date.fromisoformat(post_row.starts),
                defaults={"ends": date.fromisoformat(post_row.ends) if post_row.ends else None},
            )  # fmt: skip
        for turn in said.turns:
            OnCall.objects.update_or_create(
                worker_id=turn.worker, site_id=turn.site, starts=datetime.fromisoformat(turn.starts),
                defaults={"ends": datetime.fromisoformat(turn.ends), "order": turn.order, "phone": turn.phone},
            )  # fmt: skip
        log(by=None, action="node-organisation", note=f"workers={len(said.workers)} sites={len(said.sites)}")
    policy.changed()
