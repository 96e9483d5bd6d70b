"""The whole installation in figures: queues, storage, deliveries, backups, read where they are kept."""
