"""EC2 instances with the life AWS gives them.

Comes in: moto's instances. Goes out: states that take their time, and refusals in AWS's words.
Never: a change of what moto keeps, other than the state.
"""

import threading
import time

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES
from moto.ec2.models.instances import Instance, InstanceBackend, InstanceState
from moto.ec2.responses.instances import InstanceResponse

from .pace import PACE

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
GONE = ("shutting-down", "terminated")
#: The tag by which somebody breaks an instance, or what it runs on.
IMPAIRED = "world:impaired"
#: Attributes that only a stopped instance lets go of.
WHEN_STOPPED = {"instance_type", "kernel", "ramdisk", "user_data", "ebs_optimized", "sriov_net_support"}

_lock = threading.RLock()


class Passing:
    """A state that becomes another one with time."""

    def __init__(self, now: str, then: str, lasts: float) -> None:
        self._now, self._then, self._until = now, then, time.monotonic() + lasts

    @property
    def name(self) -> str:
        return self._then if self._passed() >= 0 else self._now

    @name.setter
    def name(self, value: str) -> None:
        self._now = self._then = value
        self._until = time.monotonic()

    @property
    def code(self) -> int:
        return CODES[self.name]

    @code.setter
    def code(self, value: int) -> None:
        """moto sets it after the name; it follows from the name."""

    def _passed(self) -> float:
        return time.monotonic() - self._until

    def lasts_for(self) -> float:
        """Seconds since the later state was reached."""
        return max(self._passed(), 0.0)

    def __copy__(self) -> InstanceState:
        return InstanceState(self.name, self.code)

    def __deepcopy__(self, memo: dict) -> InstanceState:
        return self.__copy__()


def refuse(code: str, message: str) -> EC2ClientError:
    return EC2ClientError(code, message)


def patch() -> None:
    _birth()
    _transitions()
    _status_checks()
    _attributes()
    _runs()


def _birth() -> None:
    made = Instance.__init__

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self._state = Passing("pending", "running", PACE.of("pendingSeconds"))
        # moto does not know it; every HVM image of the last ten years has it.
        self.ena_support = self.virtualization_type == "hvm"

    Instance.__init__ = init


def _transitions() -> None:
    """StartInstances and its sisters: all of the named instances or none."""
    start, stop, terminate, reboot = Instance.start, Instance.stop, Instance.terminate, Instance.reboot
    _guard("start_instances", start_refusal)
    _guard("stop_instances", lambda i: state_refusal(i, ("running", "stopping", "stopped"), "This instance", "stopped"))
    _guard("reboot_instances", lambda i: state_refusal(i, ("running", "pending"), "The instance", "rebooted"))

    Instance.start = _passing(start, ("running", "pending"), "pending", "running", "pendingSeconds")
    Instance.stop = _passing(stop, ("stopped", "stopping"), "stopping", "stopped", "stoppingSeconds")
    Instance.terminate = _passing(terminate, GONE, "shutting-down", "terminated", "shuttingDownSeconds")

    def keep_running(self):
        state = self._state
        reboot(self)
        self._state = state

    Instance.reboot = keep_running
    for name, member in (
        ("start_instances", "StartingInstances"),
        ("stop_instances", "StoppingInstances"),
        ("terminate_instances", "TerminatingInstances"),
    ):
        _tell_current_state(name, member)


def _guard(operation: str, refusal) -> None:
    performed = getattr(InstanceBackend, operation)

    def guarded(self, instance_ids):
        with _lock:
            for instance in self.get_multi_instances_by_id(instance_ids):
                if (reason := refusal(instance)) is not None:
                    raise reason
            return performed(self, instance_ids)

    setattr(InstanceBackend, operation, guarded)


def state_refusal(instance, allowed: tuple, subject: str, done: str):
    if instance.state in allowed:
        return None
    message = f"{subject} '{instance.id}' is not in a state from which it can be {done}."
    return refuse("IncorrectInstanceState", message)


def start_refusal(instance):
    wrong = state_refusal(instance, ("stopped", "running", "pending"), "The instance", "started")
    if wrong is not None or instance.state != "stopped":
        return wrong
    zone, kind = instance.availability_zone, instance.instance_type
    offered = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(instance.ec2_backend.region_name, [])
    if any(o["Location"] == zone and o["InstanceType"] == kind for o in offered):
        return None
    message = f"Your requested instance type ({kind}) is not supported in your requested Availability Zone ({zone})."
    return refuse("Unsupported", message)


def _passing(perform, already: tuple, now: str, then: str, lasts: str):
    def transition(self):
        with _lock:
            before = InstanceState(self._state.name, self._state.code)
            if before.name in already:
                return before
            perform(self)
            self._state = Passing(now, then, PACE.of(lasts))
            return before

    return transition


def _tell_current_state(operation: str, member: str) -> None:
    """moto says `stopping` of an instance that was stopped all along."""
    performed = getattr(InstanceResponse, operation)

    def told(self):
        answer = performed(self)
        for item in answer.result[member]:
            state = self.ec2_backend.get_instance(item["InstanceId"])._state
            item["CurrentState"] = {"Code": state.code, "Name": state.name}
        return answer

    setattr(InstanceResponse, operation, told)


def _status_checks() -> None:
    """An instance with the tag `world:impaired` fails: `system`, both checks until it has stopped and so got another
    host; `instance`, that check until it has stopped or was rebooted."""
    stop, reboot = Instance.stop, Instance.reboot

    def mended_stop(self):
        before = stop(self)
        self._mended = impaired(self)
        return before

    def mended_reboot(self):
        reboot(self)
        self._rebooted = time.monotonic()
        if impaired(self) == "instance":
            self._mended = "instance"

    Instance.stop, Instance.reboot = mended_stop, mended_reboot
    Instance.instance_status = property(lambda self: check(self, ("instance", "system")))
    Instance.system_status = property(lambda self: check(self, ("system",)))


def impaired(instance) -> str | None:
    """What is wrong with it by its tag, mended or not."""
    return next((tag["value"] for tag in instance.get_tags() if tag["key"] == IMPAIRED), None)


def check(instance, fails_for: tuple) -> dict:
    """One status check."""
    if instance.state != "running":
        return {"Status": "not-applicable"}
    wrong = impaired(instance)
    if wrong in fails_for and instance.__dict__.get("_mended") != wrong:
        word, seen = "impaired", "failed"
    else:
        up = instance._state.lasts_for() if isinstance(instance._state, Passing) else float("inf")
        since = min(up, time.monotonic() - instance.__dict__.get("_rebooted", float("-inf")))
        word, seen = ("ok", "passed") if since >= PACE.of("statusChecksSeconds") else ("initializing",) * 2
    return {"Details": [{"Name": "reachability", "Status": seen}], "Status": word}


def _attributes() -> None:
    backend = next(c for c in InstanceBackend.__mro__ if "modify_instance_attribute" in vars(c))
    modify = backend.modify_instance_attribute

    def strict_modify(self, instance_id, key, value):
        with _lock:
            instance = self.get_instance(instance_id)
            if key in WHEN_STOPPED and instance.state != "stopped":
                raise refuse("IncorrectInstanceState", f"The instance '{instance_id}' is not in the 'stopped' state.")
            if key == "instance_type" and (reason := type_refusal(instance, value)) is not None:
                raise reason
            return modify(self, instance_id, key, value)

    backend.modify_instance_attribute = strict_modify


def type_refusal(instance, kind: str):
    """Why an instance cannot have this type, or None."""
    described = INSTANCE_TYPES.get(kind)
    if described is None:
        return refuse("InvalidInstanceAttributeValue", f"The instanceType '{kind}' is invalid.")
    architectures = described.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if instance.architecture not in architectures:
        message = (
            f"The architecture '{instance.architecture}' of the instance does not match the architecture "
            f"'{', '.join(architectures)}' of the instance type '{kind}'."
        )
        return refuse("InvalidParameterCombination", message)
    virtualisation = described.get("SupportedVirtualizationTypes", [])
    if instance.virtualization_type not in virtualisation:
        message = f"Instances of type '{kind}' may not have the virtualization type '{instance.virtualization_type}'."
        return refuse("InvalidParameterCombination", message)
    return None


def _runs() -> None:
    """RunInstances: a client token makes two calls one; the image must fit the type."""
    run = InstanceBackend.run_instances

    def strict_run(self, image_id, count, user_data, security_group_names, **kwargs):
        token = kwargs.get("client_token")
        # moto's word for none.
        token = None if token == "ABCDE" else token
        asked = repr((image_id, count, user_data, security_group_names, sorted(kwargs.items(), key=lambda kv: kv[0])))
        with _lock:
            known = self.__dict__.setdefault("_client_tokens", {})
            if token in known:
                before, reservation = known[token]
                if before != asked:
                    message = "The client token you have provided is associated with a resource that is already deleted or other parameters."
                    raise refuse("IdempotentParameterMismatch", message)
                return reservation
            check_architecture(self, image_id, kwargs)
            reservation = run(self, image_id, count, user_data, security_group_names, **kwargs)
            if token is not None:
                known[token] = (asked, reservation)
            return reservation

    InstanceBackend.run_instances = strict_run


def check_architecture(backend, image_id: str, kwargs: dict) -> None:
    described = INSTANCE_TYPES.get(kwargs.get("instance_type", ""))
    images = backend.describe_images(filters={"image-id": image_id}) if image_id else []
    if described is None or not images:
        return
    architectures = described.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if images[0].architecture not in architectures:
        message = (
            f"The architecture '{', '.join(architectures)}' of the specified instance type does not match the architecture "
            f"'{images[0].architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again."
        )
        raise refuse("InvalidParameterValue", message)
