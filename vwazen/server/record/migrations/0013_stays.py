"""Stays in hospital and elsewhere, and the numbers of other systems, as lists and messages read them."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0012_referrals")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="StayRow",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("name", models.CharField(max_length=200)),
                ("path", models.CharField(max_length=400)),
                ("at_path", models.CharField(blank=True, max_length=400)),
                ("facility", models.CharField(blank=True, max_length=50)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("unit", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(max_length=14)),
                ("state", models.CharField(max_length=7)),
                ("since", models.DateField()),
                ("until", models.DateField(null=True)),
                ("emergency", models.BooleanField(default=False)),
                ("how", models.CharField(blank=True, max_length=12)),
                ("destination", models.CharField(blank=True, max_length=14)),
                ("missing", models.CharField(blank=True, max_length=60)),
                ("follows", models.CharField(blank=True, max_length=36)),
                ("again", models.IntegerField(null=True)),
                ("worker", models.CharField(blank=True, max_length=36)),
                ("next", models.DateField(null=True)),
                ("back", models.DateField(null=True)),
                ("owed", models.DateField(null=True)),
                ("reached", models.SmallIntegerField(null=True)),
            ],
            options={
                "db_table": "record_stay",
                "indexes": [
                    models.Index(fields=["at_path", "state", "since", "id"], name="stay_ward"),
                    models.Index(fields=["path", "kind", "since", "person"], name="stay_path"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("system", models.CharField(max_length=120)),
                ("number", models.CharField(max_length=120)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
            ],
            options={
                "db_table": "record_identifier",
                "indexes": [models.Index(fields=["system", "number", "person"], name="identifier_number")],
            },
        ),
    ]
