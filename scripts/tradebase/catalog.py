"""The catalog as text: what two databases, or one database at two times, differ in is named line by line."""

import re
import subprocess

from tradebase import database as databases
from tradebase.embedded import pg_dump
from tradebase.server import Server

# What pg_dump leaves out because it belongs to the cluster. Names, never oids.
CLUSTER = """
SELECT 'role', rolname, to_jsonb(r) - 'oid' - 'rolpassword', shobj_description(oid, 'pg_authid')
FROM pg_roles AS r WHERE rolname !~ '^pg_'
UNION ALL
SELECT
    'member', roleid::regrole::text,
    (to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor')
    || jsonb_build_object('member', member::regrole::text, 'grantor', grantor::regrole::text), NULL
FROM pg_auth_members AS m WHERE roleid::regrole::text !~ '^pg_'
UNION ALL
SELECT 'default privileges', defaclrole::regrole::text, jsonb_build_object(
    'schema', defaclnamespace::regnamespace::text, 'type', defaclobjtype, 'acl', defaclacl::text
), NULL
FROM pg_default_acl
UNION ALL
SELECT 'setting', setrole::regrole::text, jsonb_build_object('anywhere', setdatabase = 0, 'config', setconfig), NULL
FROM pg_db_role_setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
SELECT 'database', datdba::regrole::text, to_jsonb(ARRAY(
    SELECT a::text FROM unnest(coalesce(datacl, acldefault('d', datdba))) AS a ORDER BY a::text
)), shobj_description(oid, 'pg_database')
FROM pg_database WHERE datname = current_database()
ORDER BY 1, 2, 3
"""


def fingerprint(server: Server, database: str) -> list[str]:
    """Return the catalog as text, line by line: pg_dump -s without sqitch's registry, and what the cluster keeps."""
    dumped = subprocess.run(
        [pg_dump(server), "-s", "-N", "sqitch"],
        env=databases.environment(server, server.superuser, database),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    with databases.connect(server, database) as admin:
        cluster = [" | ".join(map(str, row)) for row in admin.execute(CLUSTER)]
    return cluster + [line for line in dumped.splitlines() if line and not re.match(r"--|\\(un)?restrict ", line)]


def difference(got: list[str], wanted: list[str]) -> list[str]:
    """Return what was left behind (+) and what was lost (-)."""
    left, lost = list(got), list(wanted)
    for line in wanted:
        if line in left:
            left.remove(line)
    for line in got:
        if line in lost:
            lost.remove(line)
    return [f"+ {line}" for line in left] + [f"- {line}" for line in lost]
