"""Scripts that the peers' own Python runs; nothing here imports the product."""
