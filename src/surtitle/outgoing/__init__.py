"""Requests to servers that users name: never to a place inside the network that we stand in."""
