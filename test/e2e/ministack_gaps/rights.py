"""Gaps of its IAM: requests that it takes for other ones, and condition keys that it does not know."""

import json
import re

import ministack.app as app
from ministack.core import iam_actions
from ministack.services import dynamodb


def count_loopback_as_tls():
    """Emulator gap 5: it serves plain HTTP, and under AUTH=true it also enforces `aws:SecureTransport`.

    Our queues and buckets, and the bucket of `cdk bootstrap`, refuse whoever comes without TLS. The loopback connection
    stands for the TLS one here, so that everything else in those policies is still enforced.
    """
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure_transport: pin(source_ip, True)


PARTIQL_STATEMENT = re.compile(r"""\s*(SELECT|INSERT|UPDATE|DELETE)\b(?:.*?\b(?:FROM|INTO)\b)?\s*"([^"]+)"(?:\."([^"]+)")?""", re.I | re.S)


def authorize_partiql_by_statement():
    """Emulator gap 6: it asks for `dynamodb:BatchExecuteStatement`, which is no IAM action.

    AWS authorizes each statement by itself, as PartiQLSelect, PartiQLInsert, PartiQLUpdate or PartiQLDelete on its table.
    MiniStack has the place for such a list of checks: it fills it for transactions only.
    """
    checks_of_transaction = iam_actions.dynamodb_transaction_checks

    def checks(iam_action, body, region, account_id):
        if iam_action not in ("dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement"):
            return checks_of_transaction(iam_action, body, region, account_id)
        request = json.loads(body or b"{}")
        found = []
        for member in request.get("Statements", [request]):
            match = PARTIQL_STATEMENT.match(member.get("Statement", ""))
            if match:
                verb, table, index = match.groups()
                arn = f"arn:aws:dynamodb:{region}:{account_id}:table/{table}" + (f"/index/{index}" if index else "")
                found.append((f"dynamodb:PartiQL{verb.capitalize()}", arn))
        return found

    iam_actions.dynamodb_transaction_checks = checks


SQS_BATCH_ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}


def authorize_sqs_batches_as_their_entries():
    """Emulator gap 7: it asks for `sqs:SendMessageBatch`, which is no IAM action either. AWS asks for `sqs:SendMessage`."""
    extract = iam_actions.extract_iam_action

    def extract_iam_action(*request):
        action = extract(*request)
        return SQS_BATCH_ACTIONS.get(action, action)

    iam_actions.extract_iam_action = extract_iam_action


def authorize_schedules_in_their_group():
    """Emulator gap 8: it asks for a schedule in the group `default`, whatever group the request names."""
    extract = iam_actions.extract_resource_arn

    def extract_resource_arn(service, method, path, headers, body, query_params, *rest):
        arn = extract(service, method, path, headers, body, query_params, *rest)
        if service != "scheduler" or ":schedule/default/" not in arn:
            return arn
        named = query_params.get("groupName") or json.loads(body or b"{}").get("GroupName") or "default"
        group = named[0] if isinstance(named, list) else named
        return arn.replace(":schedule/default/", f":schedule/{group}/")

    iam_actions.extract_resource_arn = extract_resource_arn


def tell_leading_keys():
    """Emulator gap 9: it has no `dynamodb:LeadingKeys`, and `ForAllValues:` takes a key that is absent for a fulfilled one."""
    context_of = iam_actions.dynamodb_service_context

    def dynamodb_service_context(body):
        context = context_of(body)
        data = json.loads(body or b"{}")
        table = dynamodb._tables.get(str(data.get("TableName", "")).rsplit("/", 1)[-1])
        keyed = data.get("Key") or data.get("Item")
        if table and keyed:
            name = next(part["AttributeName"] for part in table["KeySchema"] if part["KeyType"] == "HASH")
            context["dynamodb:LeadingKeys"] = list(keyed.get(name, {}).values())
        return context

    iam_actions.dynamodb_service_context = dynamodb_service_context


ONE_MAPPING = re.compile(r"/2015-03-31/event-source-mappings/[^/]+/?")
MAPPING_ACTIONS = {
    "GET": "lambda:GetEventSourceMapping",
    "PUT": "lambda:UpdateEventSourceMapping",
    "DELETE": "lambda:DeleteEventSourceMapping",
}


def authorize_mappings_one_by_one():
    """Emulator gap 10: a look at one mapping asks for `lambda:ListEventSourceMappings`, and a change of it for nothing."""
    extract = iam_actions.extract_iam_action

    def extract_iam_action(service, method, path, *rest):
        if service == "lambda" and ONE_MAPPING.fullmatch(path):
            return MAPPING_ACTIONS[method]
        return extract(service, method, path, *rest)

    iam_actions.extract_iam_action = extract_iam_action
