"""Pages: a read-only board over the register. They reach tables only through services."""
