"""Who is below, who is above, and how far each has told the other."""

from typing import ClassVar

from django.db import models


class Below(models.Model):
    """A node below this one: it holds the people of one site and of everything under that site.

    `taken`: its batch up to which everything arrived here. `seal` and `chain`: its newest seal, kept by somebody who
    is not its owner. `code` and `token` are digests.
    """

    id = models.CharField(primary_key=True, max_length=36)
    name = models.CharField(max_length=120)
    site = models.CharField(max_length=50)
    path = models.CharField(max_length=400)
    code = models.CharField(max_length=64, blank=True, db_index=True)
    code_ends = models.DateTimeField()
    token = models.CharField(max_length=64, blank=True)
    invited_by = models.CharField(max_length=36)
    invited_by_name = models.CharField(max_length=200)
    enrolled = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=200, blank=True)
    seen = models.DateTimeField(null=True)
    taken = models.BigIntegerField(default=0)
    seal = models.BigIntegerField(default=0)
    chain = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "node_below"
        ordering: ClassVar = ["name", "pk"]


class Given(models.Model):
    """Everything known here of this person went to a node below, up to batch `since`, and each later batch after it
    up to `until` (None: they still belong to its sites)."""

    node = models.CharField(max_length=36)
    person = models.CharField(max_length=36)
    since = models.BigIntegerField()
    until = models.BigIntegerField(null=True)

    class Meta:
        db_table = "node_given"
        constraints: ClassVar = [models.UniqueConstraint(fields=["node", "person"], name="node_given_once")]


class ToErase(models.Model):
    """A record that was erased here and that a node below holds: it is told until it says that it erased it, too.

    Named `subject`, since an erasure takes away every row that names its person.
    """

    id = models.BigAutoField(primary_key=True)
    node = models.CharField(max_length=36)
    subject = models.CharField(max_length=36)
    erasure = models.CharField(max_length=36)

    class Meta:
        db_table = "node_to_erase"
        indexes: ClassVar = [models.Index(fields=["node", "id"], name="to_erase_node")]


class Passed(models.Model):
    """A batch that came from another node ("" for the one above): it is not told back to where it came from."""

    batch = models.BigIntegerField(primary_key=True)
    node = models.CharField(max_length=36, blank=True)

    class Meta:
        db_table = "node_passed"


class Above(models.Model):
    """The node above this one; at most one row.

    `token` is sealed with this node's key. `sent`: our batch up to which the node above has everything. `got` is its
    own word for how far we are. `waits`: entries of ours that somebody there must look at.
    """

    address = models.CharField(max_length=300)
    node = models.CharField(max_length=36)
    token = models.CharField(max_length=120)
    authority = models.TextField(blank=True)
    sent = models.BigIntegerField(default=0)
    got = models.CharField(max_length=120, blank=True)
    organisation = models.CharField(max_length=64, blank=True)
    contact = models.DateTimeField(null=True)
    tried = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)
    erased = models.BigIntegerField(default=0)
    waits = models.IntegerField(default=0)

    class Meta:
        db_table = "node_above"
