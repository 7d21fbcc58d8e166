/** Secrets in memory: what a test puts there, and how often it was asked for. */
import type { SecretSource } from "../../shared/ports/secret-source.ts";

export interface MemorySecretSource extends SecretSource {
	readonly secrets: Map<string, string>;
	readonly asked: string[];
}

export function createMemorySecretSource(): MemorySecretSource {
	const secrets = new Map<string, string>();
	const asked: string[] = [];
	return {
		secrets,
		asked,
		read: async (parameter) => {
			asked.push(parameter);
			return secrets.get(parameter);
		},
	};
}
