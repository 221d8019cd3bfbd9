"""Tables whose rows are never changed: a trigger refuses it to everybody, and the application role lacks the right besides.

A model says `append_only = True`; its migration adds `append_only(table)`; `migrate` takes the rights away.
"""

from django.db.migrations import RunSQL

FUNCTION = RunSQL(
    """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only: % is refused; correct it by a new entry', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'restrict_violation';
    END $$;
    """,
    "DROP FUNCTION IF EXISTS refuse_change() CASCADE",
)


def append_only(*tables: str) -> list[RunSQL]:
    """Operations that put the triggers on these tables. TRUNCATE has a trigger of its own name, for the tests to switch off."""
    return [
        RunSQL(
            f"""
            CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
            """,
            f"DROP TRIGGER {table}_no_truncate ON {table}; DROP TRIGGER {table}_no_change ON {table};",
        )
        for table in tables
    ]
