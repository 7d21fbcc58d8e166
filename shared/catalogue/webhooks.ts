/** The project's webhooks. Beside the catalogue and not in it: no worker's bundle holds them. */
import { defineWebhook } from "../job/webhook.ts";
import { pipelineExecutionRecordTask } from "../jobs/observability/pipeline-execution-record-task.ts";
import { catalogue } from "./catalogue.ts";
import { defineWebhooks } from "./define-webhooks.ts";

/** What runs pipelines tells of each execution without being given an AWS account's credentials. */
const pipelineExecutions = defineWebhook({
	source: "pipeline-executions",
	scheme: "standard",
	job: pipelineExecutionRecordTask,
	secretParameter: "/millrace/webhooks/pipeline-executions",
	// The run's own check of its input says what is wrong with it.
	toInput: ({ payload }) => payload as never,
});

export const webhooks = defineWebhooks(catalogue, [pipelineExecutions]);
