"""How long things take: AWS's times, scaled.

Comes in: a scale and AWS's seconds. Goes out: seconds of this world. Never: a pause.
"""

import threading


class Pace:
    """Seconds as AWS has them, and the scale by which this world is faster."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values = {
            "scale": 0.02,
            # pending until running
            "pendingSeconds": 15.0,
            # stopping until stopped
            "stoppingSeconds": 30.0,
            # shutting-down until terminated
            "shuttingDownSeconds": 30.0,
            # running until both status checks are ok
            "statusChecksSeconds": 120.0,
        }

    def of(self, name: str) -> float:
        """How long this lasts here, in seconds."""
        with self._lock:
            return self._values[name] * self._values["scale"]

    def all(self) -> dict[str, float]:
        with self._lock:
            return dict(self._values)

    def change(self, changes: dict[str, float]) -> None:
        """Raises ValueError with a sentence; then nothing has changed."""
        for name, value in changes.items():
            if name not in self._values:
                raise ValueError(f"there is no {name}: {', '.join(self._values)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 86_400:
                raise ValueError(f"{name} must lie between 0 and 86400, not {value!r}")
        with self._lock:
            self._values.update(changes)


PACE = Pace()
