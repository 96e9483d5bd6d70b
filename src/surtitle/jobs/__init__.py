"""Everything that touches the job table: claim, lease, fence, steps, events, retry, cancel."""
