"""Whoever could make temporary objects still cannot put them in the way of a definer function."""

import uuid

import pytest

from tradebase.database import OWNER

ALICE = uuid.UUID(int=0xA11CE)

# A type of the attacker's own, named like the ones that every function declares; its CHECK runs their code as whoever
# casts to it.
SHADOWS = """
CREATE FUNCTION pg_temp.strike(pg_catalog.anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.strikes VALUES (current_user);
    RETURN TRUE;
END $$;
CREATE TABLE pg_temp.strikes (as_whom pg_catalog.name);
GRANT ALL ON pg_temp.strikes TO PUBLIC;
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.strike(value));
CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK (pg_temp.strike(value));
CREATE DOMAIN pg_temp.boolean AS pg_catalog.bool CHECK (pg_temp.strike(value));
CREATE DOMAIN pg_temp.integer AS pg_catalog.int4 CHECK (pg_temp.strike(value));
CREATE DOMAIN pg_temp.interval AS pg_catalog.interval CHECK (pg_temp.strike(value));
CREATE DOMAIN pg_temp.timestamptz AS pg_catalog.timestamptz CHECK (pg_temp.strike(value));
CREATE TABLE pg_temp.pg_class (oid pg_catalog.oid);
"""
CALLS = {
    "service_role": f"SELECT api.deposit('{ALICE}', 'T1USD', 1, 'k', 'r')",
    "tradebase_worker": "SELECT ops.ensure_partitions(DATE '2031-01-15')",
    "tradebase_auditor": "SELECT ops.verify_integrity(DATE '2031-01-15')",
    "tradebase_operator": f"SELECT identity.ensure_user('{ALICE}')",
}


@pytest.mark.parametrize("role", CALLS)
def test_a_temporary_type_is_in_nobodys_way(database, role) -> None:
    """With TEMPORARY granted and every common type shadowed, no code of the caller's runs as kernel or owner."""
    with database.connect_as_superuser() as admin:
        admin.execute(f"GRANT TEMPORARY ON DATABASE {database.name} TO {role}")
    with database.connect(OWNER) as session:
        session.execute("INSERT INTO auth.users (id) VALUES (%s)", [ALICE])
        session.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1USD', 'T1USD', 'fiat', 2, 2)"
        )
        session.execute(f"SET ROLE {role}")
        session.execute(SHADOWS)
        session.execute("SELECT 'x'::pg_temp.text")
        assert session.execute("SELECT * FROM pg_temp.strikes").fetchall() == [(role,)], "the shadow strikes at all"
        session.execute(CALLS[role])
        assert session.execute("SELECT DISTINCT as_whom FROM pg_temp.strikes").fetchall() == [(role,)]
