"""A CPU alarm: which larger size would relieve the instance."""

import boto3
from guarded import OPT_IN, claim, fingerprint, planned, refused, release, stop_switch

NAME = "resize-on-cpu-alarm"
SIZES = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge"]

cloudwatch, ec2, ssm, events = (boto3.client(name) for name in ("cloudwatch", "ec2", "ssm", "events"))


def handler(event, context):
    detail = event["detail"]
    alarm = cloudwatch.describe_alarms(AlarmNames=[detail["alarmName"]])["MetricAlarms"][0]
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    instance_id = dimensions["InstanceId"]
    instance = look(instance_id)
    if alarm["StateValue"] != "ALARM":
        return refused(NAME, "the alarm is not in ALARM")
    for name, wanted in (("instanceInitiatedShutdownBehavior", "stop"), ("disableApiStop", False)):
        answer = ec2.describe_instance_attribute(InstanceId=instance_id, Attribute=name)
        if answer[name[0].upper() + name[1:]]["Value"] != wanted:
            return refused(NAME, name)
    larger = next_size(instance)
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    if larger is None or tags.get(OPT_IN) != "true" or instance.get("InstanceLifecycle") == "spot":
        return refused(NAME, "no larger size, not opted in, or spot")
    print_ = fingerprint(event["account"], event["region"], alarm["AlarmName"], instance_id)
    stop_switch(ssm)
    owner = claim(print_, event["id"], event["time"])
    # What a plan reads: the runbook's two assertions, and its wait.
    if look(instance_id)["InstanceType"] != instance["InstanceType"] or look(instance_id)["State"]["Name"] != "running":
        return refused(NAME, "the instance has changed")
    look(instance_id)
    release(print_, owner, instance_id, event["id"], event["time"])
    plan = [f"StopInstances {instance_id}", f"ModifyInstanceAttribute {larger}", f"StartInstances {instance_id}"]
    return planned(events, NAME, f"{instance['InstanceType']} -> {larger}", plan, print_)


def look(instance_id):
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def next_size(instance):
    family, size = instance["InstanceType"].split(".")
    types = [each for page in ec2.get_paginator("describe_instance_types").paginate(
        Filters=[{"Name": "instance-type", "Values": [f"{family}.*"]}]) for each in page["InstanceTypes"]]
    named = {each["InstanceType"]: each for each in types}
    filters = [{"Name": "location", "Values": [instance["Placement"]["AvailabilityZone"]]},
               {"Name": "instance-type", "Values": list(named)}]
    offered = {each["InstanceType"] for page in ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone", Filters=filters) for each in page["InstanceTypeOfferings"]}
    vcpus = named[instance["InstanceType"]]["VCpuInfo"]["DefaultVCpus"]
    fits = [each for name, each in named.items() if name in offered and name.split(".")[1] in SIZES
            and each["VCpuInfo"]["DefaultVCpus"] > vcpus
            and instance["Architecture"] in each["ProcessorInfo"]["SupportedArchitectures"]]
    return min(fits, key=lambda each: each["VCpuInfo"]["DefaultVCpus"], default={}).get("InstanceType")
