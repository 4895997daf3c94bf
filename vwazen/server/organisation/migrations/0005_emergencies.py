"""Emergencies, and the area each is in."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organisation", "0004_homes")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Emergency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("starts", models.DateField()),
                ("ended", models.DateField(blank=True, null=True)),
                (
                    "declared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="emergencies",
                        to="organisation.site",
                    ),
                ),
            ],
            options={
                "db_table": "emergency",
                "ordering": ["-starts", "-pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="emergency_named"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended__isnull", True), ("ended__gte", models.F("starts")), _connector="OR"
                        ),
                        name="emergency_ends_after",
                    ),
                ],
            },
        )
    ]
