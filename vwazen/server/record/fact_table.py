"""The fact table's own statements: clustered by person, append-only, on both databases."""

_COLUMNS = """person varchar(36) NOT NULL, id varchar(36) NOT NULL, kind varchar(24) NOT NULL,
    at {instant} NOT NULL, received {instant} NOT NULL, data {bytes} NOT NULL, PRIMARY KEY (person, id)"""
_NEVER = "A fact is never edited or deleted; append one that amends or retracts it."

GUARD = {
    "sqlite": tuple(
        f"CREATE TRIGGER record_fact_no_{act} BEFORE {act} ON record_fact BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END"
        for act in ("update", "delete")
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION record_fact_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{_NEVER}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        """CREATE TRIGGER record_fact_no_change BEFORE UPDATE OR DELETE ON record_fact
        FOR EACH ROW EXECUTE FUNCTION record_fact_guard()""",
    ),
}
CREATE = {
    "sqlite": (
        f"CREATE TABLE record_fact ({_COLUMNS.format(instant='datetime', bytes='blob')}) WITHOUT ROWID",
        "CREATE UNIQUE INDEX record_fact_id ON record_fact (id)",
        *GUARD["sqlite"],
    ),
    "postgresql": (
        f"CREATE TABLE record_fact ({_COLUMNS.format(instant='timestamptz', bytes='bytea')})",
        "CREATE UNIQUE INDEX record_fact_id ON record_fact (id)",
        *GUARD["postgresql"],
    ),
}
DROP_GUARD = {
    "sqlite": ("DROP TRIGGER IF EXISTS record_fact_no_update", "DROP TRIGGER IF EXISTS record_fact_no_delete"),
    "postgresql": ("DROP TRIGGER IF EXISTS record_fact_no_change ON record_fact",),
}
DROP = {
    "sqlite": ("DROP TABLE record_fact",),
    "postgresql": ("DROP TABLE record_fact", "DROP FUNCTION record_fact_guard()"),
}
