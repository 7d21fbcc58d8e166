"""Gaps of its CloudFormation: what a template says and MiniStack refuses or drops, and what it takes that CloudFormation doesn't."""

import json

from ministack.services import cloudwatch, lambda_svc, s3
from ministack.services.cloudformation import custom_resource, provisioners


def keep_bucket_tags():
    """Emulator gap 1: the `Tags` of an AWS::S3::Bucket are dropped.

    The handler behind CDK's `autoDeleteObjects` empties only a bucket that carries its tag, and fails the delete of the
    stack (NoSuchTagSet) when there is none.
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    create, update = handlers["create"], handlers["update"]

    def remember(name, properties):
        s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}

    def create_with_tags(logical_id, properties, stack_name):
        name, attributes = create(logical_id, properties, stack_name)
        remember(name, properties)
        return name, attributes

    def update_with_tags(physical_id, old_properties, new_properties, stack_name):
        name, attributes = update(physical_id, old_properties, new_properties, stack_name)
        remember(name, new_properties)
        return name, attributes

    provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"] = {
        **handlers,
        "create": create_with_tags,
        "update": update_with_tags,
    }


def keep_composite_alarms():
    """Emulator gap 2: CloudFormation knows no AWS::CloudWatch::CompositeAlarm, although its CloudWatch does."""

    def put(name, properties):
        request = {**properties, "AlarmName": name}
        status, _headers, body = cloudwatch._put_composite_alarm({}, request, False, is_json=True)
        if status >= 400:
            raise ValueError(f"AWS::CloudWatch::CompositeAlarm {name}: {body!r}")
        return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}

    def create(logical_id, properties, stack_name):
        return put(properties.get("AlarmName") or provisioners._physical_name(stack_name, logical_id, max_len=255), properties)

    def update(physical_id, _old_properties, new_properties, _stack_name):
        return put(new_properties.get("AlarmName") or physical_id, new_properties)

    def delete(physical_id, _properties):
        cloudwatch._delete_alarms({}, {"AlarmNames": [physical_id]}, False, is_json=True)

    provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::CompositeAlarm"] = {
        "create": create,
        "update": update,
        "delete": delete,
    }


def keep_alarms_with_metric_math():
    """Emulator gap 3: an AWS::CloudWatch::Alarm with `Metrics` is refused.

    It is kept under a metric that nobody puts, so that it is there, is listed and goes with its stack; nothing evaluates
    it. Whether its mathematics are right is told by the tests of the template, not here.
    """
    record = provisioners._cw_metric_alarm_record

    def record_with_math(name, properties):
        metrics = properties.get("Metrics")
        if not metrics:
            return record(name, properties)
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        return {**record(name, {**plain, "Namespace": "NotEvaluated", "MetricName": "MetricMath"}), "Metrics": metrics}

    provisioners._cw_metric_alarm_record = record_with_math


def keep_mapping_tags():
    """Emulator gap 4: the `Tags` of an AWS::Lambda::EventSourceMapping are dropped. `millrace tune` reads the profile there."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]

    def tags_of(properties):
        return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}

    def create(logical_id, properties, stack_name):
        made = handlers["create"](logical_id, properties, stack_name)
        lambda_svc._esms[made[0]]["Tags"] = tags_of(properties)
        return made

    def update(physical_id, old_properties, new_properties, stack_name):
        changed = handlers["update"](physical_id, old_properties, new_properties, stack_name)
        tags = lambda_svc._esms[changed[0]].setdefault("Tags", {})
        for name in tags_of(old_properties).keys() - tags_of(new_properties).keys():
            tags.pop(name, None)
        tags.update(tags_of(new_properties))
        return changed

    provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"] = {**handlers, "create": create, "update": update}


ECHOED = ("StackId", "RequestId", "LogicalResourceId")
ANSWER_BYTES_MAX = 4096


def hold_answers_of_custom_resources_to_their_requests():
    """Emulator gap 13: any answer of a custom resource's function will do, were it empty.

    On AWS it must give back the stack, the request and the resource that it is for, name a physical id, and fit into 4 KB;
    else the resource fails.
    """
    execute, deliver = lambda_svc._execute_function_with_config_scope, custom_resource.deliver_response
    requests = {}

    def execute_function(record, event, *rest):
        if isinstance(event, dict) and "ResponseURL" in event:
            requests[event["ResponseURL"].rsplit("/", 1)[-1]] = {name: event.get(name) for name in ECHOED}
        return execute(record, event, *rest)

    def deliver_response(token, response):
        request = requests.pop(token, {})
        wrong = [name for name in ECHOED if response.get(name) != request.get(name)]
        if not response.get("PhysicalResourceId"):
            wrong.append("PhysicalResourceId")
        if wrong or len(json.dumps(response).encode()) > ANSWER_BYTES_MAX:
            response = {"Status": "FAILED", "Reason": f"Invalid response object: {', '.join(wrong) or 'too long'}"}
        return deliver(token, response)

    lambda_svc._execute_function_with_config_scope = execute_function
    custom_resource.deliver_response = deliver_response
