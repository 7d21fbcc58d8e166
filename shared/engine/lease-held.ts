/** Why the message that carries a run stays in the queue while the run may still be performing (see decide-claim.ts). */
import { MillraceError } from "../kernel/errors.ts";
import type { RunId } from "../kernel/ids.ts";
import { type EpochMs, toIso } from "../kernel/time.ts";

export const leaseHeld = (id: RunId, until: EpochMs): MillraceError =>
	new MillraceError(
		"lease-held",
		`Run ${id} may still be performing: its lease ends at ${toIso(until)}. The message that carries it is kept until then.`,
		{ details: { until } },
	);
