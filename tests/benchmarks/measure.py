"""What the benchmarks share."""

import resource
from pathlib import Path


def peak() -> float:
    """Most memory that this process has held, Python itself included, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says on Linux includes the process that started this one.
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
