"""What an application registers for the administrators."""

from . import (
    admin,
    admin_accounts,
    admin_contacts,
    admin_dead_letters,
    admin_keys,
    admin_law,
    admin_people,
    admin_service,
    admin_webhooks,
)

BLUEPRINTS = (
    admin.bp,
    admin_accounts.bp,
    admin_people.bp,
    admin_keys.bp,
    admin_webhooks.bp,
    admin_law.bp,
    admin_contacts.bp,
    admin_service.bp,
    admin_dead_letters.bp,
    admin_service.record_bp,
)
