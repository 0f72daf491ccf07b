"""The database's own word: two claims of one host never overlap (law 1).

PostgreSQL gets an exclusion constraint here. SQLite's triggers are put in place after every migration
run, because rebuilding a table drops them (see `bookings.guard`).
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CLAIMING = "('pending_payment', 'confirmed', 'in_progress', 'completed', 'no_show')"

ADD = f"""
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE bookings_booking ADD CONSTRAINT booking_one_winner
    EXCLUDE USING gist (host_id WITH =, tstzrange(blocked_from, blocked_until, '[)') WITH &&)
    WHERE (status IN {CLAIMING});
"""
REMOVE = "ALTER TABLE bookings_booking DROP CONSTRAINT IF EXISTS booking_one_winner;"


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ADD)


def remove(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REMOVE)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
