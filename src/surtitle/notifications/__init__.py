"""Letters to people, news to chat services: written with what they tell of, sent once that is committed."""
