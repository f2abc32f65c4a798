"""The tables our migration makes are the ones the installed Procrastinate expects."""

from importlib.resources import files

from fulfilment_monitor import resources


def test_the_tables_are_those_of_the_installed_release() -> None:
    ours = resources.shipped("migrations") / "procrastinate" / "3.4.sql"
    theirs = files("procrastinate") / "sql" / "schema.sql"
    assert ours.read_text("utf-8") == theirs.read_text("utf-8"), "write a migration for the change"
