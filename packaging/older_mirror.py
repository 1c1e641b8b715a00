#!/usr/bin/env python3
"""Makes a mirror as an earlier version left it: the first steps of the schema, and nothing in it.

    packaging/older_mirror.py FILE STEPS      makes it
    packaging/older_mirror.py --version FILE  prints the number of its schema
    packaging/older_mirror.py --newest        prints the number that this version brings

What it writes down of each step is what the program's own migrator does, so that the program takes the file for its own.
"""

import hashlib
import pathlib
import sys

# Python's own SQLite is Debian's, which is older than what the schema asks for.
import apsw

MIGRATIONS = sorted((pathlib.Path(__file__).resolve().parent.parent / "crates/mirror/migrations").glob("*.sql"))
STEPS_TABLE = """
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)
"""


def make(path, steps):
    database = apsw.Connection(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(STEPS_TABLE)
    for migration in MIGRATIONS[:steps]:
        version, description = migration.stem.split("_", 1)
        database.execute(migration.read_text(encoding="utf-8"))
        row = (int(version), description.replace("_", " "), True, hashlib.sha384(migration.read_bytes()).digest(), 0)
        database.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?, ?, ?, ?, ?)", row
        )
    # What the program writes into a file that it makes, so that no environment takes the file of another.
    database.execute("INSERT OR REPLACE INTO file_facts (name, value) VALUES ('environment', 'sandbox')")
    database.close()


def version_of(path):
    database = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    return database.execute("PRAGMA user_version").fetchone()[0]


def main():
    match sys.argv[1:]:
        case ["--newest"]:
            print(len(MIGRATIONS))
        case ["--version", path]:
            print(version_of(path))
        case [path, steps] if steps.isdecimal() and 0 < int(steps) <= len(MIGRATIONS):
            make(path, int(steps))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
