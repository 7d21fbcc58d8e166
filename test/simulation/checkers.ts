/** All promises that are judged. A new promise is a file in checkers/ and a line here. */
import { attempts } from "./checkers/attempts.ts";
import type { CheckerKind } from "./checkers/checker.ts";
import { deadLetters } from "./checkers/dead-letters.ts";
import { followUpsOnce } from "./checkers/follow-ups-once.ts";
import { inTime } from "./checkers/in-time.ts";
import { legsGoOn } from "./checkers/legs-go-on.ts";
import { neverLost } from "./checkers/never-lost.ts";
import { noSecondEffect } from "./checkers/no-second-effect.ts";
import { numberHolds } from "./checkers/number-holds.ts";
import { onTime } from "./checkers/on-time.ts";
import { oneAtATime } from "./checkers/one-at-a-time.ts";
import { oneEnd } from "./checkers/one-end.ts";
import { oneRunPerKey } from "./checkers/one-run-per-key.ts";
import { rateHolds } from "./checkers/rate-holds.ts";
import { recordedAsEnded } from "./checkers/recorded-as-ended.ts";
import { revokedStops } from "./checkers/revoked-stops.ts";

export const checkerKinds: readonly CheckerKind[] = [
	neverLost,
	oneEnd,
	recordedAsEnded,
	oneAtATime,
	followUpsOnce,
	noSecondEffect,
	attempts,
	onTime,
	oneRunPerKey,
	deadLetters,
	inTime,
	legsGoOn,
	rateHolds,
	numberHolds,
	revokedStops,
];
