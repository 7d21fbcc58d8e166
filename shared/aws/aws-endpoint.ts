/** Where a service is, for requests without its generated client. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { partition } from "@aws-sdk/core/client";
import { resolveEndpointConfig } from "@smithy/core/endpoints";

type Config = DynamoDBClient["config"];

/** As every SDK client finds its own: AWS_ENDPOINT_URL_<service>, AWS_ENDPOINT_URL, `endpoint_url` of the profile. */
export async function configuredEndpoint(
	{ urlParser, endpointProvider }: Config,
	serviceId: "S3" | "Scheduler" | "SQS",
): Promise<string | undefined> {
	const resolved = resolveEndpointConfig({ serviceId, urlParser, endpointProvider });
	return (await resolved.serviceConfiguredEndpoint?.()) ?? undefined;
}

/** AWS's of the region, with the wishes for FIPS and dual stack. */
export async function regionalEndpoint(config: Config, service: "scheduler" | "sqs"): Promise<string> {
	const region = await config.region();
	const { name, dnsSuffix, dualStackDnsSuffix } = partition(region);
	const dualStack = await config.useDualstackEndpoint();
	// SQS's only endpoint of GovCloud without dual stack is one for FIPS.
	const named = service === "sqs" && name === "aws-us-gov" && !dualStack;
	const host = (await config.useFipsEndpoint()) && !named ? `${service}-fips` : service;
	return `https://${host}.${region}.${dualStack ? dualStackDnsSuffix : dnsSuffix}`;
}
