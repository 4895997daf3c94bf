"""Referrals as lists read them."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0011_found_at_a_site")]
    operations: ClassVar = []
