"""Gaps of what calls: its EventBridge Scheduler and its HTTP APIs."""

import json
from datetime import datetime, timedelta, timezone

from ministack.core import iam_evaluator
from ministack.services import eventbridge, iam, lambda_svc, scheduler


SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
SCHEDULER_ACTIONS = {"sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}


def fire_schedules_as_their_roles():
    """Emulator gap 11: a schedule's target is reached as nobody, and `<aws.scheduler.scheduled-time>` is left as it stands.

    On AWS the scheduler assumes the target's role, whose trust may name the schedule's group, and may do what that role
    may; and it puts the time in for which the firing was planned, which says which tick this is. It also looks at its
    schedules only every ten seconds, and counts a cron from its first look: a schedule made late in a minute would miss
    the next.
    """
    invoke = eventbridge._invoke_target
    scheduler._SCHEDULE_TICK_INTERVAL = 1

    def planned_for(expression, now):
        at = scheduler._at_time_epoch(expression)
        if at is not None:
            return datetime.fromtimestamp(at, tz=timezone.utc)
        fields = eventbridge._parse_cron_fields(expression)
        latest, following = now, fields and eventbridge._cron_next_fire(fields, now - timedelta(hours=1))
        while following and following <= now:
            latest, following = following, eventbridge._cron_next_fire(fields, following)
        return latest

    def refusal(role_arn, target_arn, schedule):
        _arn, partition, _service, region, account, _resource = schedule["Arn"].split(":", 5)
        action = SCHEDULER_ACTIONS.get(target_arn.split(":")[2], "?")
        role_name = role_arn.rsplit("/", 1)[-1]
        role = iam._roles.get_scoped(account, None, role_name)
        if role is None:
            return f"{role_arn} does not exist"
        context = {
            "principal_arn": f"arn:{partition}:sts::{account}:assumed-role/{role_name}/scheduler",
            "principal_type": "AssumedRole",
            "principal_account": account,
            "region": region,
            "secure_transport": True,
        }
        group = f"arn:{partition}:scheduler:{region}:{account}:schedule-group/{schedule['GroupName']}"
        source = {"aws:sourceaccount": account, "aws:sourcearn": group}
        asked = iam_evaluator.EvalContext(**context, action="sts:AssumeRole", resource_arn=role_arn, service_context=source)
        trust = role["AssumeRolePolicyDocument"]
        statements = (json.loads(trust) if isinstance(trust, str) else trust)["Statement"]
        if not any(
            iam_evaluator._service_principal_matches(statement.get("Principal"), "scheduler.amazonaws.com")
            and iam_evaluator._conditions_met(statement.get("Condition", {}), asked)
            for statement in statements
        ):
            return f"scheduler.amazonaws.com is not authorized to perform sts:AssumeRole on {role_arn} for {group}"
        done = iam_evaluator.EvalContext(**context, action=action, resource_arn=target_arn)
        policies = iam_evaluator._gather_role_policies(role_name, account)
        if iam_evaluator.evaluate(done, policies).decision != "Allow":
            return f"{role_arn} is not authorized to perform {action} on {target_arn}"
        return None

    def invoke_target(target, event, rule, view=None):
        if event.get("Source") != "aws.scheduler":
            return invoke(target, event, rule, view)
        refused = refusal(target.get("RoleArn", ""), target["Arn"], rule)
        if refused:
            return print(f"Schedule {rule['Name']}: {refused}", flush=True)
        planned = planned_for(rule["ScheduleExpression"], datetime.fromtimestamp(event["Time"], tz=timezone.utc))
        stamp = planned.strftime("%Y-%m-%dT%H:%M:%SZ")
        return invoke({**target, "Input": target.get("Input", "").replace(SCHEDULED_TIME, stamp)}, event, rule, view)

    eventbridge._invoke_target = invoke_target


def leave_out_parameters_of_paths_without():
    """Emulator gap 12: an HTTP API says `"pathParameters": null` for a route without any; AWS leaves the field out."""
    execute = lambda_svc._execute_function_with_config_scope

    def execute_function(record, event, *rest):
        if isinstance(event, dict) and "routeKey" in event and event.get("pathParameters", "") is None:
            event = {key: value for key, value in event.items() if key != "pathParameters"}
        return execute(record, event, *rest)

    lambda_svc._execute_function_with_config_scope = execute_function
