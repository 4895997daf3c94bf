"""The statements that make the access log append-only in the database itself, for both databases.

They stand here and not in the migration alone, so that a test can take the guard away to empty the table
between tests, and put it back.
"""

INSTALL = {
    "sqlite": (
        """CREATE TRIGGER audit_accessentry_no_update BEFORE UPDATE ON audit_accessentry
        BEGIN SELECT RAISE(ABORT, 'The access log is append-only: an entry is never changed.'); END""",
        """CREATE TRIGGER audit_accessentry_no_delete BEFORE DELETE ON audit_accessentry
        BEGIN SELECT RAISE(ABORT, 'The access log is append-only: an entry is never deleted.'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION audit_accessentry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'The access log is append-only: an entry is never changed or deleted.'
        USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        """CREATE TRIGGER audit_accessentry_no_change BEFORE UPDATE OR DELETE ON audit_accessentry
        FOR EACH ROW EXECUTE FUNCTION audit_accessentry_guard()""",
    ),
}
REMOVE = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS audit_accessentry_no_update",
        "DROP TRIGGER IF EXISTS audit_accessentry_no_delete",
    ),
    "postgresql": (
        "DROP TRIGGER IF EXISTS audit_accessentry_no_change ON audit_accessentry",
        "DROP FUNCTION IF EXISTS audit_accessentry_guard()",
    ),
}
