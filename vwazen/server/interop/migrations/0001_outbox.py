"""What goes out, what comes in, where people agreed to be reached, and hand-offs for counting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("channel", models.CharField(max_length=5)),
                ("address", models.CharField(max_length=200)),
                ("tail", models.CharField(db_index=True, max_length=200)),
            ],
            options={
                "db_table": "interop_contact",
            },
        ),
        migrations.CreateModel(
            name="InboundKey",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("site", models.CharField(max_length=50)),
                ("path", models.CharField(max_length=400)),
                ("created", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "interop_inbound_key",
            },
        ),
        migrations.CreateModel(
            name="Stopped",
            fields=[
                ("address", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("tail", models.CharField(db_index=True, max_length=200)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "interop_stopped",
            },
        ),
        migrations.CreateModel(
            name="Incoming",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("person", models.CharField(blank=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("received", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("state", models.CharField(default="open", max_length=4)),
                ("done_by", models.CharField(blank=True, max_length=36)),
                ("done_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "db_table": "interop_incoming",
                "indexes": [
                    models.Index(fields=["state", "path", "received", "id"], name="incoming_path"),
                    models.Index(fields=["address", "received"], name="incoming_address"),
                    models.Index(fields=["received"], name="incoming_received"),
                    models.Index(
                        condition=models.Q(("person", ""), _negated=True), fields=["person"], name="incoming_person"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=160, unique=True)),
                ("channel", models.CharField(max_length=5)),
                ("address", models.CharField(max_length=200)),
                ("tail", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("about", models.CharField(max_length=20)),
                ("person", models.CharField(blank=True, max_length=36)),
                ("path", models.CharField(blank=True, max_length=400)),
                ("created", models.DateTimeField()),
                ("next_try", models.DateTimeField()),
                ("expires", models.DateTimeField(null=True)),
                ("quiet_from", models.SmallIntegerField(default=0)),
                ("quiet_until", models.SmallIntegerField(default=0)),
                ("state", models.CharField(default="waiting", max_length=9)),
                ("tries", models.SmallIntegerField(default=0)),
                ("lease", models.CharField(blank=True, max_length=36)),
                ("leased", models.DateTimeField(null=True)),
                ("ended", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=40)),
                ("provider_id", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "db_table": "interop_outgoing",
                "indexes": [
                    models.Index(fields=["state", "channel", "next_try", "id"], name="outgoing_due"),
                    models.Index(
                        condition=models.Q(("state", "sending")), fields=["state", "leased"], name="outgoing_leased"
                    ),
                    models.Index(
                        condition=models.Q(("person", ""), _negated=True),
                        fields=["person", "state"],
                        name="outgoing_person",
                    ),
                    models.Index(fields=["tail", "state"], name="outgoing_tail"),
                    models.Index(fields=["state", "path", "created", "id"], name="outgoing_path"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Talk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("worker", models.CharField(blank=True, max_length=36)),
                ("mode", models.CharField(max_length=10)),
                ("day", models.DateField()),
                ("minutes", models.SmallIntegerField(null=True)),
            ],
            options={
                "db_table": "interop_talk",
                "indexes": [models.Index(fields=["path", "day", "mode", "minutes"], name="talk_path")],
            },
        ),
    ]
