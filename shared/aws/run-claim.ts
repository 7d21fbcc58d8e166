/** What a claim knows of its run and no condition asks for, as one JSON text in the row's attribute `cl`. */
import * as z from "zod/mini";
import { lazily } from "../kernel/lazily.ts";
import { epochMs } from "../kernel/time.ts";
import type { RunRecord } from "../ports/job-store.ts";

const claimSchema = lazily(() =>
	z.object({
		carrier: z.string(),
		retriesMax: z.number(),
		queueClass: z.exactOptional(z.string()),
		tenant: z.exactOptional(z.string()),
		startedAt: z.pipe(z.number(), z.transform(epochMs)),
		leg: z.exactOptional(z.number()),
	}),
);

type ClaimFacts = Pick<RunRecord, "carrier" | "retriesMax" | "queueClass" | "tenant" | "startedAt" | "leg">;

/** JSON.stringify leaves out what is undefined. */
export const writeClaim = ({ carrier, retriesMax, queueClass, tenant, startedAt, leg }: RunRecord): string =>
	JSON.stringify({ carrier, retriesMax, queueClass, tenant, startedAt, leg });

/** @throws when the text is none that `writeClaim` wrote. */
export const readClaim = (json: string): ClaimFacts => claimSchema().parse(JSON.parse(json));
