/** What to type next while the stack is up: every line works as it is printed. Pure. */
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";

export interface NextStepsFacts {
	readonly sqsEndpoint: string;
	readonly region: string;
	readonly platform: PlatformAddress;
	/** Where its HTTP API answers. */
	readonly api: string;
	/** An execution that has been recorded. */
	readonly pipeline: number;
	readonly execution: number;
}

export function nextSteps(facts: NextStepsFacts): string {
	const input = JSON.stringify({ pipeline_id: facts.pipeline, pipeline_execution_id: facts.execution });
	const body = `{"job":"detect_anomalies_task","input":${input}}`;
	const url = facts.platform.queues["observability"]?.url ?? "";
	return `The stack stays up for messages until Ctrl-C. In another terminal, in this folder:

  npx millrace call detect_anomalies_task --input '${input}' --wait

The same with any SQS client:

  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws sqs send-message --region ${facts.region} \\
    --endpoint-url ${facts.sqsEndpoint} --queue-url ${url} \\
    --message-body '${body}'

Or over HTTP (docs/guides/http-api.md; here nobody is asked who calls):

  curl -s ${facts.api}/api/v1/jobs -H 'content-type: application/json' -d '${body}'

Then, with the MessageId or the job_id that it prints:

  npx millrace status MESSAGE_ID
  npx millrace result MESSAGE_ID

  npx millrace jobs                      all jobs; with a name, its input
  npx millrace queues                    what waits, runs and is dead-lettered
  npx millrace dlq list observability    what failed for good, and why
  npx millrace schedules                 what is due when, and how it went; each tick is a line below
  npx millrace tune fast                 twice the invocations at the same time; \`tune balanced\` goes back
`;
}
