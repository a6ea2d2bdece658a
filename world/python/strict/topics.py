"""SNS subscriptions of functions: kept here, carried by the local world.

Comes in: moto's subscriptions. Goes out: every delivery but those to functions, which moto would run in Docker.
Never: a lost subscription; ListSubscriptionsByTopic tells of them, and the world's bus obeys.
"""

from moto.sns.models import Subscription


def patch() -> None:
    publish = Subscription.publish

    def strict_publish(self, *args, **kwargs):
        if self.protocol != "lambda":
            publish(self, *args, **kwargs)

    Subscription.publish = strict_publish
