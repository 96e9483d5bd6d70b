"""What the installation tells of itself: logs and metrics."""
