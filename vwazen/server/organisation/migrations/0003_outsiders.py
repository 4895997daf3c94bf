"""People outside the programme who refer to it."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organisation", "0002_sealed_second_factor")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Outsider",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("healer", "Traditional healer"),
                            ("teacher", "Teacher"),
                            ("church", "Church or temple"),
                            ("police", "Police"),
                            ("other", "Somebody else"),
                        ],
                        max_length=10,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("place", models.CharField(blank=True, max_length=120)),
                ("code", models.CharField(max_length=8, unique=True)),
                ("opted_in", models.BooleanField(default=False)),
                ("active", models.BooleanField(default=True)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="outsiders", to="organisation.site"
                    ),
                ),
            ],
            options={"db_table": "outsider", "ordering": ["name", "pk"]},
        ),
        migrations.CreateModel(
            name="Stub",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("made", models.DateField()),
                ("used", models.DateField(blank=True, null=True)),
                ("fact", models.CharField(blank=True, max_length=36)),
                (
                    "outsider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stubs", to="organisation.outsider"
                    ),
                ),
            ],
            options={"db_table": "stub", "ordering": ["number"]},
        ),
        migrations.AddConstraint(
            model_name="outsider",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="outsider_named"),
        ),
    ]
