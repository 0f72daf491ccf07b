"""The names by which lists are searched, for bookings that were made before there were any."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from duologue.accounts.search import fold

MOST = 120


def write(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    bookings = apps.get_model("bookings", "Booking").objects
    for user in apps.get_model("accounts", "User").objects.exclude(name="").iterator():
        name = fold(user.name)[:MOST]
        bookings.filter(host__user=user).update(host_search=name)
        bookings.filter(attendee=user).update(attendee_search=name)
    for booking in bookings.filter(attendee_search="").exclude(attendee_name="").only("attendee_name").iterator():
        bookings.filter(pk=booking.pk).update(attendee_search=fold(booking.attendee_name)[:MOST])


class Migration(migrations.Migration):
    dependencies = [("bookings", "0005_lists_by_name"), ("accounts", "0004_former_addresses")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
