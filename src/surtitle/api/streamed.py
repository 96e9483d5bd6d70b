"""The mark of a route that streams its body to the store instead of reading it whole."""

STREAMED_BODY = "x-streamed-body"
"""Key in a route's `openapi_extra`. Such a route counts its bytes itself, against the upload limit."""
