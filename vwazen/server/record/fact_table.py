"""The fact table's own statements: clustered by person, append-only, on both databases."""

CREATE = {
    "sqlite": (
        """CREATE TABLE record_fact (
            person varchar(36) NOT NULL, id varchar(36) NOT NULL, kind varchar(24) NOT NULL,
            at datetime NOT NULL, received datetime NOT NULL, data blob NOT NULL,
            PRIMARY KEY (person, id)) WITHOUT ROWID""",
        "CREATE UNIQUE INDEX record_fact_id ON record_fact (id)",
        """CREATE TRIGGER record_fact_no_update BEFORE UPDATE ON record_fact
        BEGIN SELECT RAISE(ABORT, 'A fact is never edited; append one that amends or retracts it.'); END""",
        """CREATE TRIGGER record_fact_no_delete BEFORE DELETE ON record_fact
        BEGIN SELECT RAISE(ABORT, 'A fact is never deleted; append one that retracts it.'); END""",
    ),
    "postgresql": (
        """CREATE TABLE record_fact (
            person varchar(36) NOT NULL, id varchar(36) NOT NULL, kind varchar(24) NOT NULL,
            at timestamptz NOT NULL, received timestamptz NOT NULL, data bytea NOT NULL,
            PRIMARY KEY (person, id))""",
        "CREATE UNIQUE INDEX record_fact_id ON record_fact (id)",
        """CREATE FUNCTION record_fact_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'A fact is never edited or deleted; append one that amends or retracts it.'
        USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        """CREATE TRIGGER record_fact_no_change BEFORE UPDATE OR DELETE ON record_fact
        FOR EACH ROW EXECUTE FUNCTION record_fact_guard()""",
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
