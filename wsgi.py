"""The door for WSGI servers: `gunicorn wsgi:app`, `waitress-serve wsgi:app`."""

from fulfilment_monitor.app import create_app, settle
from fulfilment_monitor.cli import logs
from fulfilment_monitor.house import open_ready
from fulfilment_monitor.settings import Settings, log_format

logs.begin(log_format())
app = settle(create_app(open_ready(Settings.from_env())))
