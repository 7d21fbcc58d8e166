/** What a claim knows of its run and no condition asks for, as one JSON text in the row's attribute `cl`. */
import * as z from "zod/mini";
import { epochMs } from "../kernel/time.ts";
import type { RunRecord } from "../ports/job-store.ts";

const claimSchema = z.object({
	carrier: z.string(),
	retriesMax: z.number(),
	tenant: z.exactOptional(z.string()),
	startedAt: z.pipe(z.number(), z.transform(epochMs)),
});

type ClaimFacts = Pick<RunRecord, "carrier" | "retriesMax" | "tenant" | "startedAt">;

/** JSON.stringify leaves out an undefined tenant. */
export const writeClaim = ({ carrier, retriesMax, tenant, startedAt }: RunRecord): string =>
	JSON.stringify({ carrier, retriesMax, tenant, startedAt });

/** @throws when the text is none that `writeClaim` wrote. */
export const readClaim = (json: string): ClaimFacts => claimSchema.parse(JSON.parse(json));
