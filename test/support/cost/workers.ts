/** The production workers of the groups whose runs are counted, in this process. */
import { createWorker, type WorkerHandler } from "../../../lambdas/worker/create-worker.ts";
import type { JobContext } from "../../../shared/job/index.ts";
import type { PlatformAddress } from "../../../shared/wire/platform-address.ts";
import { localAccess } from "../emulators.ts";
import { costCatalogue } from "./catalogue.ts";
import type { Service } from "./metered-wire.ts";

/** Sets this process's environment as JobPlatform and Lambda set a function's. */
export function createWorkers(
	address: PlatformAddress,
	endpoints: Readonly<Record<Service, string>>,
	perform: (context: JobContext) => Promise<object>,
): Readonly<Record<"plain" | "capped" | "patient", WorkerHandler>> {
	Object.assign(process.env, {
		MILLRACE_PLATFORM: JSON.stringify(address),
		POWERTOOLS_SERVICE_NAME: "cost",
		POWERTOOLS_METRICS_NAMESPACE: "Millrace",
		POWERTOOLS_LOG_LEVEL: "SILENT",
		AWS_REGION: localAccess.region,
		AWS_ACCESS_KEY_ID: localAccess.credentials.accessKeyId,
		AWS_SECRET_ACCESS_KEY: localAccess.credentials.secretAccessKey,
		AWS_ENDPOINT_URL_SQS: endpoints.sqs,
		AWS_ENDPOINT_URL_S3: endpoints.s3,
		AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
		AWS_ENDPOINT_URL_SCHEDULER: endpoints.scheduler,
	});
	const work = (_: unknown, context: JobContext): Promise<object> => perform(context);
	return {
		plain: createWorker(costCatalogue, "plain", {
			plain_task: work,
			long_task: work,
			retried_task: work,
			failing_task: work,
			limited_task: work,
			placed_task: work,
			single_task: work,
			parent_task: work,
			cached_task: work,
			debounced_task: work,
			ticked_task: work,
			gathered_task: (items) => Promise.all(items.map(({ context }) => perform(context))),
		}),
		capped: createWorker(costCatalogue, "capped", { capped_task: work }),
		patient: createWorker(costCatalogue, "patient", { patient_task: work }),
	};
}
