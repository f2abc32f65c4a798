"""Ways out of the house: files now, the network later. Nothing else writes outside."""
