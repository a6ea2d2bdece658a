"""The measurements behind `make bench`: each part measures, and writes its numbers to bench/results/."""
