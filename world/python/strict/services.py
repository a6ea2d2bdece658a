"""ECS services whose tasks run, as they do on AWS once there is room for them.

Comes in: moto's services. Goes out: as many running tasks as there shall be. Never: a task of its own.
"""

from moto.ecs.models import Service


def patch() -> None:
    Service.running_count = property(lambda self: self.desired_count, lambda self, _: None)
    Service.pending_count = property(lambda self: 0, lambda self, _: None)
