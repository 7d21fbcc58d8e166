/** All failures that the simulation found, newest first. */
import { beatAfterTheTurn } from "./found/beat-after-the-turn.ts";
import { carrierGone } from "./found/carrier-gone.ts";
import type { Finding } from "./found/finding.ts";
import { lateStartWithoutLease } from "./found/late-start-without-lease.ts";
import { letterTellsAnotherReason } from "./found/letter-tells-another-reason.ts";
import { oldWorkerMeetsRenamedRun } from "./found/old-worker-meets-renamed-run.ts";
import { refusedAfterRename } from "./found/refused-after-rename.ts";
import { refusedAfterWaiting } from "./found/refused-after-waiting.ts";
import { revokedFreesItsSlot } from "./found/revoked-frees-its-slot.ts";

export const findings: readonly Finding[] = [
	beatAfterTheTurn,
	lateStartWithoutLease,
	revokedFreesItsSlot,
	refusedAfterWaiting,
	refusedAfterRename,
	oldWorkerMeetsRenamedRun,
	letterTellsAnotherReason,
	carrierGone,
];

export const openFindings: readonly Finding[] = findings.filter(({ status }) => status === "open");
