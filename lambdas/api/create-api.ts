/**
 * The Lambda handler of a platform's HTTP API, composed once per cold start. An entry file names the catalogue and the webhooks. The platform's
 * address is read from its SSM parameter: an environment's 4 KB would not hold that of twenty queue classes.
 */
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Context } from "aws-lambda";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { createSsmSecretSource } from "../../shared/aws/ssm-secret-source.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { createClient } from "../../shared/client/client.ts";
import type { WebhookDefinition } from "../../shared/job/webhook.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { MetricSource } from "../../shared/ports/metric-source.ts";
import { platformAddressSchema } from "../../shared/wire/platform-address.ts";
import { createLogLines, type LogLines } from "../log/log-lines.ts";
import { createAnswerer } from "./answer-request.ts";
import { type GatewayResponse, toResponse } from "./api-answer.ts";
import type { Answer, ApiLog } from "./api-parts.ts";
import { readRequest } from "./api-request.ts";
import { problemOf } from "./problem.ts";

export interface ApiOptions {
	/** Of `defineWebhooks`. The construct is told the same list, to let the function read their secrets. Default none. */
	readonly webhooks?: readonly WebhookDefinition[];
}

export type ApiHandler = (event: unknown, context: Context) => Promise<GatewayResponse>;

const PLATFORM_PARAMETER = "MILLRACE_PLATFORM_PARAMETER";
/** Also where the workers are told to write. */
const METRICS_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE";

export function createApi(catalogue: Catalogue, { webhooks = [] }: ApiOptions = {}): ApiHandler {
	const logger = createLogLines(process.env);
	const ssm = new SSMClient({});
	let opening: Promise<Answer> | undefined;

	async function open(): Promise<Answer> {
		const Name = process.env[PLATFORM_PARAMETER] ?? "";
		const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
		const parsed = platformAddressSchema.safeParse(JSON.parse(Parameter?.Value ?? "null"));
		if (!parsed.success) {
			throw new MillraceError(
				"configuration-invalid",
				`The parameter ${Name} holds no platform's address. Deploy again.`,
			);
		}
		const platform = openPlatform(parsed.data);
		return createAnswerer({
			...platform,
			catalogue,
			client: createClient({ catalogue, ...platform }),
			webhooks,
			secrets: createSsmSecretSource({ client: ssm }),
			metrics: lazyMetricSource(),
			log: toLog(logger),
		});
	}

	return async (event, context) => {
		logger.enter(context);
		try {
			const request = readRequest(event);
			opening ??= open().catch((error: unknown) => {
				// The next request tries again.
				opening = undefined;
				throw error;
			});
			return toResponse(await (await opening)(request));
		} catch (error) {
			logger.error("The API could not answer", undefined, { error });
			return toResponse(problemOf(error, context.awsRequestId));
		}
	};
}

/** Only who asks for numbers loads CloudWatch's client. */
function lazyMetricSource(): MetricSource {
	let opened: Promise<MetricSource> | undefined;
	return {
		async readDay(queries, now) {
			opened ??= Promise.all([
				import("@aws-sdk/client-cloudwatch"),
				import("../../shared/aws/cloudwatch-metric-source.ts"),
			]).then(([{ CloudWatchClient }, { createCloudWatchMetricSource }]) =>
				createCloudWatchMetricSource({
					client: new CloudWatchClient({}),
					namespace: process.env[METRICS_NAMESPACE] ?? "",
				}),
			);
			return (await opened).readDay(queries, now);
		},
	};
}

const toLog = (logger: LogLines): ApiLog => ({
	info: (message, fields) => logger.info(message, () => ({ ...fields })),
	warn: (message, fields) => logger.warn(message, () => ({ ...fields })),
	error: (message, fields) => logger.error(message, () => ({ ...fields })),
});
