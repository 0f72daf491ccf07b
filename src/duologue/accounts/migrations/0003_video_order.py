from typing import Any

from django.db import migrations, models


def to_list(apps: Any, schema_editor: Any) -> None:
    hosts = apps.get_model("accounts", "Host").objects.exclude(video_platform="")
    for host in hosts.only("pk", "video_platform").iterator():
        hosts.filter(pk=host.pk).update(video_order=[host.video_platform])


def to_first(apps: Any, schema_editor: Any) -> None:
    for host in apps.get_model("accounts", "Host").objects.exclude(video_order=[]).only("pk", "video_order"):
        apps.get_model("accounts", "Host").objects.filter(pk=host.pk).update(video_platform=host.video_order[0])


class Migration(migrations.Migration):
    """A host's one platform becomes the first of an order."""

    # The database cannot change a table and its rows in one transaction everywhere.
    dependencies = [("accounts", "0002_throttle")]

    operations = [
        migrations.AddField("host", "video_order", models.JSONField(blank=True, default=list)),
        migrations.RunPython(to_list, to_first),
        migrations.RemoveField("host", "video_platform"),
    ]
