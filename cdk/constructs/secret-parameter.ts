/** Rights to read a secret that is known by the name of its parameter alone: nothing of it is in a template. */
import { Arn, ArnFormat, Stack } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

/** SSM reads a secret of Secrets Manager under such a name, as who asks. */
const SECRETS_PREFIX = "/aws/reference/secretsmanager/";

/** @param parameter Name of a SecureString under the account's default key, or `/aws/reference/secretsmanager/NAME`. */
export function grantReadSecret(scope: Construct, grantee: IGrantable, parameter: string): void {
	const stack = Stack.of(scope);
	const name = parameter.replace(/^\//, "");
	const allow = (action: string, resourceArn: string): void =>
		Grant.addToPrincipal({ grantee, actions: [action], resourceArns: [resourceArn] }).assertSuccess();
	allow(
		"ssm:GetParameter",
		Arn.format(
			{ service: "ssm", resource: "parameter", resourceName: name, arnFormat: ArnFormat.SLASH_RESOURCE_NAME },
			stack,
		),
	);
	if (!parameter.startsWith(SECRETS_PREFIX)) return;
	// Secrets Manager puts six characters of its own after the name.
	const resourceName = `${parameter.slice(SECRETS_PREFIX.length)}-??????`;
	allow(
		"secretsmanager:GetSecretValue",
		Arn.format(
			{ service: "secretsmanager", resource: "secret", resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME },
			stack,
		),
	);
}
