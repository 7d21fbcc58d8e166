/** Secrets of webhooks, read once and kept: a delivery is answered with one request to AWS, the enqueue. */
import { MillraceError } from "../../../shared/kernel/errors.ts";
import type { EpochMs } from "../../../shared/kernel/time.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { SecretSource } from "../../../shared/ports/secret-source.ts";
import { readSecrets } from "./read-secrets.ts";

const KEPT_MS = 10 * 60_000;
/** When no secret fits it may have been changed. Strangers can make the function look this often, and no oftener. */
const READ_AGAIN_MS = 30_000;
/** Somebody who has just put the first one there tries it at once. */
const MISSING_READ_AGAIN_MS = 2_000;

export interface SecretBook {
	/** @throws MillraceError `configuration-invalid` when there is none, or what stands there can't be one */
	of(parameter: string): Promise<readonly string[]>;
	/** Those that stand there now, unless they were read a moment ago: then `undefined`. */
	newer(parameter: string): Promise<readonly string[] | undefined>;
}

interface Kept {
	readonly secrets: readonly string[];
	readonly flaw?: string;
	readonly readAt: EpochMs;
}

export function createSecretBook(source: SecretSource, clock: Clock): SecretBook {
	const kept = new Map<string, Kept>();

	async function read(parameter: string): Promise<Kept> {
		const found = { ...readSecrets((await source.read(parameter)) ?? ""), readAt: clock.now() };
		kept.set(parameter, found);
		return found;
	}

	function refuseNone(parameter: string, { secrets, flaw }: Kept): readonly string[] {
		if (secrets.length > 0) return secrets;
		throw new MillraceError(
			"configuration-invalid",
			flaw === undefined
				? `The parameter ${parameter} holds no secret: put one there with \`aws ssm put-parameter --type SecureString\`.`
				: `The parameter ${parameter} can't be used: ${flaw}. It must hold nothing but secrets of 16 or more characters, one a line.`,
		);
	}

	return {
		async of(parameter) {
			const known = kept.get(parameter);
			const keptMs = known?.secrets.length === 0 ? MISSING_READ_AGAIN_MS : KEPT_MS;
			const isFresh = known !== undefined && clock.now() - known.readAt < keptMs;
			return refuseNone(parameter, isFresh ? known : await read(parameter));
		},
		async newer(parameter) {
			const known = kept.get(parameter);
			if (known !== undefined && clock.now() - known.readAt < READ_AGAIN_MS) return undefined;
			return refuseNone(parameter, await read(parameter));
		},
	};
}
