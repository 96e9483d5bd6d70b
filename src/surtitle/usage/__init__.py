"""What projects and people use: metered for all, limited by quotas, paid with credits where that is on."""
