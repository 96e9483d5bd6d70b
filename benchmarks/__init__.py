"""What Surtitle costs beside the bare parts that it is made of. Run it with `python -m benchmarks`."""
