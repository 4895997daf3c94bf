"""Figures that take seconds to count, as they were counted last: see `kept`."""

from django.db import models


class KeptFigures(models.Model):
    """`key` is a digest of all that the figures follow from, but for the enrolments. `worker` asked last, for the place
    with the code `site`, seeing each figure (`whole`) or sums; `wanted` and `figures` are JSON."""

    key = models.CharField(primary_key=True, max_length=64)
    worker = models.CharField(max_length=36)
    site = models.CharField(max_length=50)
    whole = models.BooleanField()
    wanted = models.TextField()
    figures = models.TextField()
    day = models.DateField()
    at = models.DateTimeField()
    asked = models.DateTimeField()

    class Meta:
        db_table = "reporting_kept"
