/**
 * Reads the routes of an AWS::ApiGatewayV2::Api of protocol HTTP: which function answers which route. Only proxy integrations of functions in
 * payload format 2.0 run here. Who may call, and how often, is left to AWS.
 */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import { type ReadContext, readProperties } from "./read-properties.ts";
import type { AddressBook } from "./resource-address.ts";

export interface HttpRoutePlan {
	readonly stack: string;
	readonly logicalId: string;
	/** Of its API. */
	readonly apiId: string;
	/** `GET /api/v1/jobs/{id}` */
	readonly routeKey: string;
	/** The function's ARN, without version or alias. */
	readonly functionArn: string;
}

const routeRules = {
	honoured: z.object({ ApiId: z.string(), RouteKey: z.string(), Target: z.string() }),
	harmless: ["ApiKeyRequired", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName"],
};

const integrationRules = {
	honoured: z.object({
		ApiId: z.string(),
		IntegrationType: z.literal("AWS_PROXY"),
		IntegrationUri: z.string(),
		PayloadFormatVersion: z.literal("2.0"),
	}),
	harmless: ["ConnectionType", "Description", "IntegrationMethod", "TimeoutInMillis"],
};

/** @throws MillraceError `template-unsupported` */
export function readHttpRoute(
	context: ReadContext,
	book: AddressBook,
	stack: AssemblyStack,
	logicalId: string,
): HttpRoutePlan {
	const { ApiId, RouteKey, Target } = readProperties(context, stack, logicalId, routeRules);
	const integrationId = Object.entries(stack.template.Resources).find(
		([id, { Type }]) =>
			Type === "AWS::ApiGatewayV2::Integration" && Target === `integrations/${book.attributeOf(stack, id, undefined)}`,
	)?.[0];
	if (integrationId === undefined || !/^(GET|POST|PUT|PATCH|DELETE) \//.test(RouteKey)) {
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: ${logicalId} (AWS::ApiGatewayV2::Route): only routes of a method and a path to an integration of the same stack run here; got ${RouteKey} to ${Target}.`,
			{ details: { stack: stack.name, logicalId } },
		);
	}
	const { IntegrationUri } = readProperties(context, stack, integrationId, integrationRules);
	return {
		stack: stack.name,
		logicalId,
		apiId: ApiId,
		routeKey: RouteKey,
		functionArn: IntegrationUri.split(":").slice(0, 7).join(":"),
	};
}
