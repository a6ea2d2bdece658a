"""CloudWatch alarms that begin without data and keep their state when they are changed.

Comes in: moto's alarms. Goes out: AWS's first state, and no new first state for an old alarm. Never: an evaluation.
"""

from moto.cloudwatch.models import Alarm, CloudWatchBackend

STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


def patch() -> None:
    made, put = Alarm.__init__, CloudWatchBackend.put_metric_alarm

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self.state_value = "INSUFFICIENT_DATA"

    def strict_put(self, *args, **kwargs):
        old = self.alarms.get(kwargs["name"])
        alarm = put(self, *args, **kwargs)
        if old is not None:
            for member in STATE:
                setattr(self.alarms[kwargs["name"]], member, getattr(old, member))
        return alarm

    Alarm.__init__ = init
    CloudWatchBackend.put_metric_alarm = strict_put
