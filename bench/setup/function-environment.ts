// The environment variables of a worker function on the embedded emulators: those JobPlatform and Lambda set.
import type { Endpoints } from "../../local/lambda/environment-variables.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";

export function functionEnvironment(
	group: string,
	platform: PlatformAddress,
	endpoints: Endpoints,
): Readonly<Record<string, string>> {
	return {
		MILLRACE_PLATFORM: JSON.stringify(platform),
		MILLRACE_GROUP: group,
		POWERTOOLS_SERVICE_NAME: group,
		POWERTOOLS_METRICS_NAMESPACE: "Millrace",
		...sdkEnvironment(endpoints),
	};
}

/** What the SDK needs to reach the emulators. */
export function sdkEnvironment(endpoints: Endpoints): Readonly<Record<string, string>> {
	return {
		AWS_REGION: "us-east-1",
		AWS_ACCESS_KEY_ID: "local",
		AWS_SECRET_ACCESS_KEY: "local",
		AWS_ENDPOINT_URL_SQS: endpoints.sqs,
		AWS_ENDPOINT_URL_S3: endpoints.s3,
		AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
		AWS_LAMBDA_FUNCTION_NAME: "bench",
		AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
		LAMBDA_TASK_ROOT: "/var/task",
	};
}
