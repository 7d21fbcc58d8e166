"""Start MiniStack (PyPI `ministack`, MIT), with what its pinned release lacks for a real `cdk deploy` and `cdk destroy`.

Each patch below is an emulator gap, never a feature of ours: on AWS the same stack needs none of them. They are applied to
the imported package when it starts; nothing of MiniStack is copied. Before you raise the pin in requirements.txt, try the new
release with `npm run e2e -- --stock`, and drop the patches it no longer needs.

Tried on 1.5.33, started with AUTH=true so that every role may do only what its policies say: without gap 1 the destroy
fails, without gap 2 the first asset upload is refused, without gap 3 the workers' claims are, without gap 4 their retries
and dead letters, without gap 5 their schedules. All else runs on stock.
"""

import json
import os
import re
import signal
import sys
import threading

import ministack.app as app
from ministack.core import iam_actions
from ministack.services import s3
from ministack.services.cloudformation import provisioners


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


def count_loopback_as_tls():
    """Emulator gap 2: it serves plain HTTP, and under AUTH=true it also enforces `aws:SecureTransport`.

    Our queues and buckets, and the bucket of `cdk bootstrap`, refuse whoever comes without TLS. The loopback connection
    stands for the TLS one here, so that everything else in those policies is still enforced.
    """
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure_transport: pin(source_ip, True)


PARTIQL_STATEMENT = re.compile(r"""\s*(SELECT|INSERT|UPDATE|DELETE)\b(?:.*?\b(?:FROM|INTO)\b)?\s*"([^"]+)"(?:\."([^"]+)")?""", re.I | re.S)


def authorize_partiql_by_statement():
    """Emulator gap 3: it asks for `dynamodb:BatchExecuteStatement`, which is no IAM action.

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
    """Emulator gap 4: it asks for `sqs:SendMessageBatch`, which is no IAM action either. AWS asks for `sqs:SendMessage`."""
    extract = iam_actions.extract_iam_action

    def extract_iam_action(*request):
        action = extract(*request)
        return SQS_BATCH_ACTIONS.get(action, action)

    iam_actions.extract_iam_action = extract_iam_action


def authorize_schedules_in_their_group():
    """Emulator gap 5: it asks for a schedule in the group `default`, whatever group the request names."""
    extract = iam_actions.extract_resource_arn

    def extract_resource_arn(service, method, path, headers, body, query_params, *rest):
        arn = extract(service, method, path, headers, body, query_params, *rest)
        if service != "scheduler" or ":schedule/default/" not in arn:
            return arn
        named = query_params.get("groupName") or json.loads(body or b"{}").get("GroupName") or "default"
        group = named[0] if isinstance(named, list) else named
        return arn.replace(":schedule/default/", f":schedule/{group}/")

    iam_actions.extract_resource_arn = extract_resource_arn


def end_with_parent():
    """No gap, but supervision: whoever started us holds our standard input open; when it closes, we and our Lambdas end."""

    def wait():
        sys.stdin.buffer.read()
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    if "--until-stdin-closes" in sys.argv:
        sys.argv.remove("--until-stdin-closes")
        end_with_parent()
    if "--stock" in sys.argv:
        sys.argv.remove("--stock")
    else:
        keep_bucket_tags()
        count_loopback_as_tls()
        authorize_partiql_by_statement()
        authorize_sqs_batches_as_their_entries()
        authorize_schedules_in_their_group()
    app.main()
