"""Keys of second factors are sealed; wrong tries to sign in are counted by where they come from."""

from binascii import unhexlify

from django.conf import settings
from django.db import migrations, models

from vwazen.server.organisation.sealed import seal, unseal


def seal_keys(apps, schema_editor):
    """What lay readable in the table is sealed for its worker."""
    for row in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        row.key = seal(unhexlify(row.key.encode()), owner=str(row.user_id), node_key=settings.SECRET_KEY)
        row.save(update_fields=["key"])


def open_keys(apps, schema_editor):
    for row in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        row.key = unseal(row.key, owner=str(row.user_id), node_key=settings.SECRET_KEY).hex()
        row.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("organisation", "0001_initial"), ("otp_totp", "0003_add_timestamps")]

    operations = [
        migrations.CreateModel(
            name="SignInAddress",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("wrong", models.PositiveSmallIntegerField(default=0)),
                ("since", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "sign_in_address"},
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.RunPython(seal_keys, open_keys),
    ]
