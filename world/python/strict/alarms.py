"""CloudWatch alarms that begin without data and keep their state when they are changed; composite alarms.

Comes in: moto's alarms. Goes out: AWS's first state, and no new first state for an old alarm. Never: an evaluation; a
composite alarm is in the state that somebody sets.
"""

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse

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
    # moto's filter can be read once, and metric alarms are read first.
    by_state = CloudWatchBackend.get_alarms_by_state_value
    CloudWatchBackend.get_alarms_by_state_value = lambda self, state: list(by_state(self, state))
    # moto keeps composite alarms, by their rule, and has no operation of its own that puts one.
    CloudWatchResponse.put_composite_alarm = CloudWatchResponse.put_metric_alarm
