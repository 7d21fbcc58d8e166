/** Secrets in SSM's parameters: SecureStrings, or secrets of Secrets Manager by reference. */
import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { SecretSource } from "../ports/secret-source.ts";
import { awsFailure, nameOfError } from "./aws-error.ts";

export function createSsmSecretSource({ client }: { readonly client: SSMClient }): SecretSource {
	return {
		async read(parameter) {
			try {
				const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter, WithDecryption: true }));
				return Parameter?.Value;
			} catch (error) {
				if (nameOfError(error) === "ParameterNotFound") return undefined;
				throw awsFailure("configuration-invalid", `SSM GetParameter of ${parameter}`, error);
			}
		},
	};
}
