"""Stays in hospital and elsewhere as lists read them."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0012_referrals")]
    operations: ClassVar = []
