"""The REST API: everything of the register as JSON, for programs. It reaches tables only through
services."""
