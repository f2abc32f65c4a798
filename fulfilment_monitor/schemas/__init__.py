"""The wire's shapes: what is read is checked here, and every fault says where it is."""
