/** Secrets of webhooks, read once and kept: a delivery is answered with one request to AWS, the enqueue. */
import { MillraceError } from "../../../shared/kernel/errors.ts";
import type { EpochMs } from "../../../shared/kernel/time.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { SecretSource } from "../../../shared/ports/secret-source.ts";

const KEPT_MS = 10 * 60_000;
/** When no secret fits it may have been changed. Strangers can make the function look this often, and no oftener. */
const READ_AGAIN_MS = 30_000;

export interface SecretBook {
	/** @throws MillraceError `configuration-invalid` when there is none */
	of(parameter: string): Promise<readonly string[]>;
	/** Those that stand there now, unless they were read a moment ago: then `undefined`. */
	newer(parameter: string): Promise<readonly string[] | undefined>;
}

export function createSecretBook(source: SecretSource, clock: Clock): SecretBook {
	const kept = new Map<string, { readonly secrets: readonly string[]; readonly readAt: EpochMs }>();

	async function read(parameter: string): Promise<readonly string[]> {
		const secrets = ((await source.read(parameter)) ?? "")
			.split("\n")
			.map((line) => line.trim())
			.filter((line) => line !== "");
		kept.set(parameter, { secrets, readAt: clock.now() });
		return secrets;
	}

	function refuseNone(parameter: string, secrets: readonly string[]): readonly string[] {
		if (secrets.length > 0) return secrets;
		throw new MillraceError(
			"configuration-invalid",
			`The parameter ${parameter} holds no secret: put one there with \`aws ssm put-parameter --type SecureString\`.`,
		);
	}

	return {
		async of(parameter) {
			const known = kept.get(parameter);
			const keptMs = known?.secrets.length === 0 ? READ_AGAIN_MS : KEPT_MS;
			const isFresh = known !== undefined && clock.now() - known.readAt < keptMs;
			return refuseNone(parameter, isFresh ? known.secrets : await read(parameter));
		},
		async newer(parameter) {
			const known = kept.get(parameter);
			if (known !== undefined && clock.now() - known.readAt < READ_AGAIN_MS) return undefined;
			return refuseNone(parameter, await read(parameter));
		},
	};
}
