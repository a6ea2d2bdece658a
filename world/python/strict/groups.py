"""Members of Auto Scaling groups: what is on standby, or is not, is not put there, or back, once more.

Comes in: moto's two operations of standby. Goes out: AWS's refusal. Never: a desired capacity that counts one instance twice.
"""

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import AutoScalingBackend


def patch() -> None:
    AutoScalingBackend.enter_standby_instances = only_in("InService", AutoScalingBackend.enter_standby_instances)
    AutoScalingBackend.exit_standby_instances = only_in("Standby", AutoScalingBackend.exit_standby_instances)


def only_in(state: str, operation):
    def checked(self, group_name: str, instance_ids: list[str], *args):
        for member in self.autoscaling_groups[group_name].instance_states:
            if member.instance.id in instance_ids and member.lifecycle_state != state:
                raise ValidationError(f"The instance {member.instance.id} is not in {state}.")
        return operation(self, group_name, instance_ids, *args)

    return checked
