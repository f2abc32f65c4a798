"""An independent reference model of contract fulfilment, for tests only."""
