"""`/app/admin`: what those who run an installation look at and do."""
