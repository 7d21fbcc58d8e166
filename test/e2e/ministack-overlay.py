"""Start MiniStack (PyPI `ministack`, MIT), with what its pinned release lacks for a real `cdk deploy` and `cdk destroy`.

Each patch in ministack_gaps is an emulator gap, never a feature of ours: on AWS the same stack needs none of them. They are
applied to the imported package when it starts; nothing of MiniStack is copied. Before you raise the pin in requirements.txt,
try the new release with `npm run e2e -- --stock`, and drop the patches it no longer needs.

Tried on 1.5.33, started with AUTH=true so that every role may do only what its policies say. Without them
- the deploy fails (2, 3: alarms), the first asset upload is refused (5: TLS), the destroy fails (1: the bucket's tags)
- the workers' claims are refused (6), their retries and dead letters (7), their schedules (8), the API's look at consumers (10)
- a deployed profile has no name (4), no tick becomes a run (11), the HTTP API fails (12)
- rights that don't reach, or reach too far, would not show (9, 11), nor an answer that CloudFormation would not take (13).
All else runs on stock.
"""

import os
import signal
import sys
import threading

import ministack.app as app
from ministack.core import iam_actions
from ministack_gaps import calling, deploying, rights

PATCHES = (
    deploying.keep_bucket_tags,
    deploying.keep_composite_alarms,
    deploying.keep_alarms_with_metric_math,
    deploying.keep_mapping_tags,
    deploying.hold_answers_of_custom_resources_to_their_requests,
    rights.count_loopback_as_tls,
    rights.authorize_partiql_by_statement,
    rights.authorize_sqs_batches_as_their_entries,
    rights.authorize_schedules_in_their_group,
    rights.tell_leading_keys,
    rights.authorize_mappings_one_by_one,
    calling.fire_schedules_as_their_roles,
    calling.leave_out_parameters_of_paths_without,
)


def print_refusals():
    """No gap, but supervision: what a role is refused stands in our output, whatever becomes of the answer."""
    respond = iam_actions.access_denied_response

    def access_denied_response(service, action, principal_arn, *rest, resource_arn="*", **named):
        print(f"{principal_arn} is not authorized to perform: {action} on {resource_arn}", flush=True)
        return respond(service, action, principal_arn, *rest, resource_arn=resource_arn, **named)

    iam_actions.access_denied_response = access_denied_response


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
    print_refusals()
    if "--stock" in sys.argv:
        sys.argv.remove("--stock")
    else:
        for patch in PATCHES:
            patch()
    app.main()
