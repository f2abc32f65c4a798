"""The revision a release needs, as it is written down beside the migrations."""

from alembic.script import ScriptDirectory

from fulfilment_monitor import resources
from fulfilment_monitor.house import alembic_config
from fulfilment_monitor.settings import Settings


def test_the_head_that_is_written_down_is_the_head_of_the_migrations() -> None:
    head = ScriptDirectory.from_config(alembic_config(Settings())).get_current_head()
    assert (resources.shipped("migrations") / "head.txt").read_text("utf-8").strip() == head
