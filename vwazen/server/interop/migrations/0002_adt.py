"""Hospitals' systems that tell of stays, and which messages of theirs arrived."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("interop", "0001_outbox")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="AdtSender",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("facility", models.CharField(max_length=120)),
                ("system", models.CharField(max_length=120)),
                ("site", models.CharField(max_length=50)),
                ("path", models.CharField(max_length=400)),
                ("kind", models.CharField(blank=True, max_length=14)),
                ("zone", models.CharField(max_length=60)),
                ("charset", models.CharField(blank=True, max_length=20)),
                ("hosts", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "interop_adt_sender",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended__isnull", True)), fields=("facility",), name="adt_sender_facility"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AdtMessage",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("sender", models.CharField(max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("control", models.CharField(max_length=120)),
                ("trigger", models.CharField(max_length=10)),
                ("written", models.CharField(blank=True, max_length=40)),
                ("received", models.DateTimeField()),
                ("outcome", models.CharField(max_length=8)),
                ("answer", models.CharField(max_length=2)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("person", models.CharField(blank=True, max_length=36)),
                ("held", models.CharField(blank=True, max_length=64)),
                ("seconds", models.FloatField(null=True)),
            ],
            options={
                "db_table": "interop_adt_message",
                "indexes": [
                    models.Index(fields=["sender", "control"], name="adt_message_control"),
                    models.Index(fields=["path", "received", "id"], name="adt_message_path"),
                    models.Index(
                        condition=models.Q(("person", ""), _negated=True), fields=["person"], name="adt_message_person"
                    ),
                ],
            },
        ),
    ]
