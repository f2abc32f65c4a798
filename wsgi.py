"""The door for WSGI servers: `gunicorn wsgi:app`, `waitress-serve wsgi:app`."""

from fulfilment_monitor.app import create_app
from fulfilment_monitor.house import open_house
from fulfilment_monitor.settings import Settings

app = create_app(open_house(Settings.from_env()))
