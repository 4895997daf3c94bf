"""On the node above: inviting, taking what a node below brings, and giving it what concerns its people."""

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet

from vwazen.clinical import facts as f
from vwazen.clinical.safety import positive_items
from vwazen.content.load import content
from vwazen.server.audit.actions import attempt, log
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import addresses
from vwazen.server.organisation.actions.common import drawn
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import OnCall, Post, Site, Worker
from vwazen.server.record import clock, reach, seal, store
from vwazen.server.record.actions import append_each, hold, make_id
from vwazen.server.record.erasing import also
from vwazen.server.record.models import Batch, Erasure, Held, Person, Seal, Shared
from vwazen.server.record.refresh import clusters, fold_all, merges_of, path_of
from vwazen.server.sync.nodes.actions import passed
from vwazen.server.sync.nodes.models import Below, Given, Passed, ToErase
from vwazen.server.sync.nodes.wire import (
    MOST_FACTS,
    Answer,
    Ask,
    Enrolled,
    Gone,
    Organisation,
    PostRow,
    SiteRow,
    TurnRow,
    WorkerRow,
)

RIGHT = "manage_sites"
CODE_HOURS = 24
_PEOPLE = 20  # asked for at a time when a node is filled
_BATCHES = 200
_DANGER = (f.Concern, f.Assessment, f.Call, f.SafetyPlan, f.Sign)
_FOREIGN = (
    "It came from the node {name} and is about somebody, or a site, that does not belong to it. Nothing was changed. "
    "If the person moved, take it as it is; if not, ask there whom it is about."
)


def digest(secret: str) -> str:
    """Codes and tokens carry enough random bits that a plain digest cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(*, by: Worker, name: str, site: str) -> str:
    """Let a node hold the people of a site and of everything under it; the code to type there, once, within a day."""
    at = Site.objects.filter(code=site).first()
    if at is None:
        raise Invalid(f"There is no site with the code {site!r}. Choose one from the page of sites.", field="site")
    if not name.strip():
        raise Invalid("Give the node a name by which people know the machine: “Laptop of Savann”.", field="name")
    code = drawn(4)
    with attempt(by=by, action="node-invite", site=at.path) as entry:
        policy.require(by, RIGHT, at)
        row = Below.objects.create(
            id=make_id(), name=name.strip()[:120], site=at.code, path=at.path, code=digest(code),
            code_ends=clock.now() + dt.timedelta(hours=CODE_HOURS), invited_by=str(by.pk), invited_by_name=by.name,
        )  # fmt: skip
        entry.note = f"node={row.pk}"
    return code


def end(*, by: Worker, node: str) -> None:
    """Take nothing more from this node and give it nothing more. What it holds stays there until somebody wipes it."""
    row = Below.objects.filter(pk=node, ended=None).first()
    if row is None:
        raise Invalid("There is no such node, or it was ended before.")
    with attempt(by=by, action="node-end", site=row.path) as entry:
        policy.require(by, RIGHT, row.path)
        Below.objects.filter(pk=row.pk).update(ended=clock.now(), ended_by_name=by.name, code="", token="")
        entry.note = f"node={row.pk}"


def enrol(*, code: str, address: str = "") -> Enrolled:
    """A node gives its code; its token. Raises Invalid for a code that is wrong, used or too old.

    Wrong codes are counted by the address they come from, as wrong passwords are.
    """
    if addresses.closed(address, clock.now()):
        raise Invalid("Too many wrong tries came from here. Wait a quarter of an hour, then ask for a new code.")
    with store.writing():
        row = Below.objects.select_for_update().filter(code=digest(code.strip().lower()), ended=None).first()
        if row is not None and row.code and row.code_ends >= clock.now():
            token = secrets.token_hex(20)
            Below.objects.filter(pk=row.pk).update(code="", token=digest(token), enrolled=clock.now())
            log(by=None, action="node-enrol", site=row.path, note=f"node={row.pk}")
            return Enrolled(node=row.pk, token=token, name=row.name, site=row.site, synthetic=settings.SYNTHETIC)
    addresses.count_wrong(address, clock.now())
    log(by=None, action="node-enrol", outcome="refused")
    raise Invalid("This code is wrong, was used, or is more than a day old. Ask for a new one.")


def known(node: str, secret: str) -> Below | None:
    """The node whose token this is; None for anybody else."""
    row = Below.objects.filter(pk=node, ended=None).exclude(token="").first()
    given = digest(secret)
    return row if row is not None and hmac.compare_digest(row.token, given) else None


def exchange(*, node: Below, ask: Ask) -> Answer:
    """Take what the node brings and answer with what it lacks."""
    if ask.synthetic != settings.SYNTHETIC:
        raise Invalid(
            "One of the two nodes holds invented people and the other real ones. They are never put together: set the "
            "node below up anew, in a folder of its own."
        )
    _take(node, ask)
    seal.seal()
    facts, got, more = _lacking(node, ask.got)
    said = organisation_of(node)
    said_digest = digest(msgspec.json.encode(said).decode())
    if ask.facts or facts:
        note = f"node={node.pk} in={len(ask.facts)} out={len(facts)}"
        log(by=None, action="node-exchange", site=node.path, note=note)
    return Answer(
        taken=node.taken, waits=Held.objects.filter(state=Held.OPEN, path__startswith=node.path).count(),
        facts=tuple(msgspec.Raw(one) for one in facts), got=got, more=more,
        organisation=said if said_digest != ask.organisation else None, organisation_digest=said_digest,
        gone=_gone(node, ask.erased),
    )  # fmt: skip


def _take(node: Below, ask: Ask) -> None:
    """Append what was brought, in one transaction with how far that is: what is told to be here is here."""
    now = clock.now()
    facts = [f.decode(one) for one in ask.facts]
    with store.writing():
        row = Below.objects.select_for_update().get(pk=node.pk)
        if ask.seal is not None and ask.seal.number < row.seal:
            # Its past is shorter than it was: a backup was put back there, and its batches begin anew.
            row.taken, row.seal, row.chain = 0, 0, ""
            log(by=None, action="node-restored", site=node.path, note=f"node={node.pk}")
        if ask.after > row.taken:  # something between is missing: it begins again where we are
            row.save(update_fields=["taken", "seal", "chain"])
            node.taken = row.taken
            return
        ours, foreign = _sorted(node, facts)
        for fact in foreign:
            hold(
                site=fact.site, code="node.foreign", reason=_FOREIGN.format(name=node.name),
                raw=f.encode(fact).decode(), segment=_segment(fact), occurred=fact.occurred, person=fact.person,
                now=now, safety=_danger(fact),
            )  # fmt: skip
        before = passed.last_batch()
        if ours:
            append_each(ours, code="node.broken", received=now)
            passed.note(node.pk, before, {fact.id for fact in ours})
        row.taken, row.seen = max(row.taken, ask.upto), now
        if ask.seal is not None and ask.seal.number >= row.seal:
            row.seal, row.chain = ask.seal.number, ask.seal.chain[:64]
        row.save(update_fields=["taken", "seen", "seal", "chain"])
        base = passed.last_batch()
        have = {fact.person for fact in ours}
        known_here = set(Given.objects.filter(node=node.pk, person__in=have).values_list("person", flat=True))
        store.insert(  # what they brought they have, whole: nobody else knew this person before
            "node_given", ("node", "person", "since"),
            [(node.pk, one, base) for one in sorted(_new_people(facts, have) - known_here)], ignore=True,
        )  # fmt: skip
    node.taken, node.seen = row.taken, row.seen


def _new_people(facts: Sequence[f.Fact], people: set[str]) -> set[str]:
    """Those of whom this record holds nothing but what the node just brought."""
    brought = {fact.id for fact in facts}
    held = store.facts_of(sorted(people))
    return {one for one, theirs in held.items() if all(fact.id in brought for fact in theirs)}


def _sorted(node: Below, facts: Sequence[f.Fact]) -> tuple[list[f.Fact], list[f.Fact]]:
    """What the node may say, and what it may not: about people of other sites whom it was never given."""
    people = sorted({fact.person for fact in facts})
    rows = {row.pk: row for row in Person.objects.filter(pk__in=people)}
    theirs = set(Given.objects.filter(node=node.pk, person__in=people).values_list("person", flat=True))
    shared = set(_shared(node).filter(person__in=people).values_list("person", flat=True))
    ours, foreign = list[f.Fact](), list[f.Fact]()
    for fact in facts:
        row = rows.get(fact.person)
        person_theirs = row is None or not row.path or row.path.startswith(node.path) or fact.person in theirs | shared
        (ours if person_theirs and path_of(fact.site).startswith(node.path) else foreign).append(fact)
    return ours, foreign


def _shared(node: Below) -> QuerySet[Shared]:
    return Shared.objects.filter(path__startswith=node.path, until__gte=clock.today())


def _danger(fact: f.Fact) -> bool:
    body = fact.body
    return isinstance(body, _DANGER) or (isinstance(body, f.Response) and bool(positive_items(content(), body)))


def _segment(fact: f.Fact) -> str:
    if isinstance(fact.body, f.Response):
        try:
            return content().instrument(fact.body.instrument).segment
        except LookupError:
            return "therapy-notes"
    return f.segment(fact.body)


# what the node below lacks


def _lacking(node: Below, got: str) -> tuple[list[bytes], str, bool]:
    """Facts for the node below, the word for how far it is with them, and whether more waits.

    First everybody of its sites, in order of their ids ("p:<batch>:<person>"), then sealed batches
    ("b:<batch>:<seal>:<chain>"). Where our past is not what it was, since a backup was put back, all begins anew.
    """
    sealed = Seal.objects.order_by("-id").values_list("last_batch", flat=True).first() or 0
    stage, *rest = got.split(":")
    if stage == "b" and len(rest) == 3 and rest[0].isdecimal() and _holds(":".join(rest[1:])):
        return _batches(node, int(rest[0]), sealed)
    if stage == "p" and len(rest) == 2 and rest[0].isdecimal() and int(rest[0]) <= sealed:
        return _people(node, int(rest[0]), rest[1])
    return _people(node, sealed, "")


def _mark() -> str:
    """The newest seal, so that a node that asks later is not told from where it was in a past that is no more."""
    last = Seal.objects.order_by("-id").first()
    return f"{last.pk}:{last.chain[:12]}" if last else "0:0"


def _holds(mark: str) -> bool:
    number, _, chain = mark.partition(":")
    if mark == "0:0":
        return True
    return number.isdecimal() and Seal.objects.filter(pk=int(number), chain__startswith=chain).exists()


def _people(node: Below, base: int, last: str) -> tuple[list[bytes], str, bool]:
    here = Person.objects.filter(Q(path__startswith=node.path) | Q(pk__in=_shared(node).values("person")))
    ids = list(here.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_PEOPLE])
    if not ids:
        return [], f"b:{base}:{_mark()}", True
    facts = _whole(ids)
    with store.writing():
        _note_given(node, ids, base)
    return facts, f"p:{base}:{ids[-1]}", True


def _whole(ids: Sequence[str]) -> list[bytes]:
    everybody = sorted({*ids, *clusters(ids)})
    return [f.encode(fact) for one in everybody for fact in sorted(store.facts_of([one])[one], key=lambda x: x.id)]


def _note_given(node: Below, ids: Sequence[str], since: int) -> None:
    Given.objects.filter(node=node.pk, person__in=list(ids)).delete()
    store.insert("node_given", ("node", "person", "since"), [(node.pk, one, since) for one in ids])


def _batches(node: Below, after: int, sealed: int) -> tuple[list[bytes], str, bool]:
    facts: list[bytes] = []
    upto, sent = after, set[str]()
    rows = Batch.objects.filter(id__gt=after, id__lte=sealed).order_by("id")[:_BATCHES]
    theirs = set(Passed.objects.filter(batch__gt=after, node=node.pk).values_list("batch", flat=True))
    for batch in rows:
        if len(facts) >= MOST_FACTS:
            break
        upto = batch.id
        if batch.id not in theirs:
            facts += _of_batch(node, batch, after, sent)
    return facts, f"b:{upto}:{_mark()}", upto < sealed


def _of_batch(node: Below, batch: Batch, after: int, sent: set[str]) -> list[bytes]:
    """What of one batch concerns the node: of people it has, this; of people who are new to it, everything.

    Of somebody who left its sites it gets everything up to the batch that says so, and nothing after that. `sent`: who
    went whole in this same answer.
    """
    decoded = {one: f.decode(raw) for one, raw in store.known_facts(list(batch.facts)).items()}
    people = {fact.person for fact in decoded.values()}
    roots = clusters(people)
    everybody = people | set(roots)
    inside = set(Person.objects.filter(pk__in=everybody, path__startswith=node.path).values_list("pk", flat=True))
    inside |= set(_shared(node).filter(person__in=everybody).values_list("person", flat=True))
    rows = {row.person: row for row in Given.objects.filter(node=node.pk, person__in=people)}
    new, found = [], []
    for person in sorted(people):
        row = rows.get(person)
        is_inside = person in inside or roots.get(person, "") in inside
        # `after` is what the node says it has: an answer that was lost on the way does not count.
        has = row is not None and row.since <= after and (row.until is None or batch.id <= row.until)
        if has and row is not None and row.until is None and not is_inside and not _inside_by(node, person, batch.id):
            has = _inside_by(node, person, batch.id - 1)
            Given.objects.filter(pk=row.pk).update(until=batch.id if has else batch.id - 1)
        if has:
            found += [f.encode(fact) for fact in decoded.values() if fact.person == person]
        elif is_inside and person not in sent:
            new.append(person)
    if new:
        with store.writing():
            _note_given(node, new, batch.id)
        found += _whole(new)
        sent.update(new)
    return found


def _inside_by(node: Below, person: str, batch: int) -> bool:
    """Whether somebody belonged to the sites of the node, or was shared with them, by what was here up to a batch.

    Rows tell only how it is now, and between two contacts much can happen before somebody leaves.
    """
    today = clock.today()
    later = {one for ids in Batch.objects.filter(id__gt=batch).values_list("facts", flat=True) for one in ids}
    known = {
        one: [fact for fact in facts if fact.id not in later]
        for one, facts in store.facts_of(sorted({person, *clusters([person])})).items()
    }
    charts, roots = fold_all(known, merges_of(known, today), today)
    chart = charts[roots.get(person, person)]
    home = path_of(chart.site)
    shared = reach.shared_rows(chart.person, chart, home, today, path_of)
    return home.startswith(node.path) or any(str(path).startswith(node.path) for _, path, *_ in shared)


# what was erased here


@also
def forget(ids: Sequence[str], _: Sequence[f.Fact]) -> None:
    """Within an erasure: the nodes below that hold this person will be told."""
    erasure = Erasure.objects.filter(person__in=list(ids), state=Erasure.ASKED).values_list("pk", flat=True).first()
    for node, person in Given.objects.filter(person__in=list(ids)).values_list("node", "person"):
        ToErase.objects.create(node=node, subject=person, erasure=erasure or make_id())


def _gone(node: Below, after: int) -> tuple[Gone, ...]:
    rows = ToErase.objects.filter(node=node.pk, id__gt=after).order_by("id")[:_PEOPLE]
    return tuple(Gone(number=one.pk, person=one.subject, erasure=one.erasure) for one in rows)


# who works where


def organisation_of(node: Below) -> Organisation:
    """The sites of a node and those above them, who works there and who is on call."""
    codes = [code for code in node.path.split("/") if code]
    sites = Site.objects.filter(Q(path__startswith=node.path) | Q(code__in=codes)).order_by("path")
    posts = Post.objects.filter(site__path__startswith=node.path).order_by("worker_id", "role", "site_id", "starts")
    workers = {str(one.worker_id) for one in posts}
    turns = OnCall.objects.filter(site__path__startswith=node.path, ends__gte=clock.now() - dt.timedelta(days=1))
    bosses = Worker.objects.filter(supervises__pk__in=workers).exclude(pk__in=workers)
    called = Worker.objects.filter(pk__in=turns.values("worker")).exclude(pk__in=workers)
    by_name = {**{one.pk: one for one in bosses}, **{one.pk: one for one in called}}
    rows = [
        WorkerRow(
            id=str(one.pk), username=one.username, name=one.name, phone=one.phone, language=one.language,
            supervisor=str(one.supervisor_id or ""), active=one.is_active, minutes=one.minutes_per_week,
            password=one.password,
        )
        for one in Worker.objects.filter(pk__in=workers).order_by("pk")
    ]  # fmt: skip
    rows += [
        WorkerRow(id=str(one.pk), username=one.username, name=one.name, phone=one.phone, language=one.language)
        for one in sorted(by_name.values(), key=lambda one: str(one.pk))
    ]
    return Organisation(
        sites=tuple(
            SiteRow(code=s.code, name=s.name, kind=s.kind, path=s.path, parent=s.parent_id or "") for s in sites
        ),
        workers=tuple(rows),
        posts=tuple(
            PostRow(worker=str(p.worker_id), role=p.role, site=p.site_id, starts=p.starts.isoformat(),
                    ends=p.ends.isoformat() if p.ends else "")
            for p in posts
        ),
        turns=tuple(
            TurnRow(worker=str(t.worker_id), site=t.site_id, starts=t.starts.isoformat(), ends=t.ends.isoformat(),
                    order=t.order, phone=t.phone)
            for t in turns.order_by("starts", "order", "pk")
        ),
    )  # fmt: skip
