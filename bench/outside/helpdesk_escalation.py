"""django-helpdesk's `escalate_tickets`: `helpdesk_escalation.py TICKETS OLD FOLDER`.

SQLite with WAL, mail to nowhere, one transaction around the run: all as cheap for it as can be.
Printed as JSON: the seconds of a run, and how many tickets it noted a change for.
"""

import datetime as dt
import json
import logging
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.urls import include, path

_PAGE = 5_000
_AGE, _ESCALATED_AFTER = 20, 5

urlpatterns = []  # filled once Django is up: helpdesk's pages need its models


def start(folder):
    """A Django project of nothing but helpdesk, migrated."""
    django_apps = ("admin", "auth", "contenttypes", "humanize", "messages", "sessions", "sites")
    settings.configure(
        SECRET_KEY="of no use",
        USE_TZ=True,
        SITE_ID=1,
        ROOT_URLCONF=__name__,
        MEDIA_ROOT=str(folder),
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in django_apps), "helpdesk"],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "helpdesk.db",
                "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"},
            }
        },
    )
    django.setup()
    urlpatterns.append(path("", include("helpdesk.urls", namespace="helpdesk")))
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(tickets, old):
    """Open tickets in a queue that escalates, so many of them old enough, and some holidays."""
    from django.utils import timezone
    from helpdesk.models import EscalationExclusion, Queue, Ticket

    now = timezone.now()
    queue = Queue.objects.create(title="合同履约", slug="c", escalate_days=_ESCALATED_AFTER)
    for n in range(4):
        day = (now - dt.timedelta(2 * n + 40)).date()
        EscalationExclusion.objects.create(name=f"holiday {n}", date=day)
    for begin in range(0, tickets, _PAGE):
        Ticket.objects.bulk_create(
            Ticket(title=f"合同{n}", queue=queue, status=Ticket.OPEN_STATUS, priority=3)
            for n in range(begin, min(tickets, begin + _PAGE))
        )
    first = Ticket.objects.order_by("id").values_list("id", flat=True)[0]
    Ticket.objects.update(created=now - dt.timedelta(1))  # creation sets the day of today
    Ticket.objects.filter(id__lt=first + old).update(created=now - dt.timedelta(_AGE))


def main():
    tickets, old, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    start(folder)
    fill(tickets, old)
    from django.core.management import call_command
    from django.db import transaction
    from helpdesk.models import FollowUp

    began = time.perf_counter()
    with transaction.atomic():
        call_command("escalate_tickets")
    took = time.perf_counter() - began
    print(json.dumps({"first": took, "first_left": FollowUp.objects.count()}))


if __name__ == "__main__":
    main()
