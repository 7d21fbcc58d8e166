/** Finds a deployed platform by its stack's name in SSM, for a producer or an operator. */
import { MillraceError } from "../kernel/errors.ts";
import type { Platform } from "../ports/platform.ts";
import { platformAddressSchema } from "../wire/platform-address.ts";
import { describeError, nameOfError } from "./aws-error.ts";
import { type AwsAccess, openPlatform } from "./open-platform.ts";

export interface ConnectOptions extends Pick<AwsAccess, "region" | "credentials"> {
	/** The name of the stack that holds the platform. Default `Millrace`. */
	readonly stack?: string;
}

export interface ConnectedPlatform extends Platform {
	readonly stack: string;
	readonly region: string;
}

/**
 * Reads the platform's address from the SSM parameter `/millrace/<stack>/platform` (one request).
 * @throws MillraceError `platform-not-found` (no such parameter), `configuration-invalid` (no region or credentials, or no right to read).
 */
export async function connectPlatform({
	stack = "Millrace",
	...access
}: ConnectOptions = {}): Promise<ConnectedPlatform> {
	// Imported here: a client that knows its address needs no SSM.
	const { GetParameterCommand, SSMClient } = await import("@aws-sdk/client-ssm");
	const ssm = new SSMClient(access);
	const name = `/millrace/${stack}/platform`;
	try {
		const region = await ssm.config.region();
		const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
		const address = platformAddressSchema.parse(JSON.parse(Parameter?.Value ?? "null"));
		return { stack, region, ...openPlatform(address, { ...access, region }) };
	} catch (error) {
		throw connectError(error, name, stack);
	} finally {
		ssm.destroy();
	}
}

function connectError(error: unknown, parameter: string, stack: string): MillraceError {
	const options = { details: { stack, parameter }, cause: error };
	if (nameOfError(error) === "ParameterNotFound") {
		return new MillraceError(
			"platform-not-found",
			`There is no SSM parameter ${parameter} here. Deploy the stack ${stack} with \`npx cdk deploy\`, or name another stack, region or account.`,
			options,
		);
	}
	return new MillraceError(
		"configuration-invalid",
		`The platform of stack ${stack} could not be looked up in SSM (${parameter}): ${describeError(error)}. Check AWS_REGION and the credentials, for example with \`aws sts get-caller-identity\`.`,
		options,
	);
}
