"""What an application registers for the administrators."""

from . import admin, admin_accounts, admin_keys, admin_law, admin_people, admin_service

BLUEPRINTS = (
    admin.bp,
    admin_accounts.bp,
    admin_people.bp,
    admin_keys.bp,
    admin_law.bp,
    admin_service.bp,
    admin_service.record_bp,
)
