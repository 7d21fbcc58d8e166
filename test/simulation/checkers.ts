/** All promises that are judged. A new promise is a file in checkers/ and a line here. */
import { attempts } from "./checkers/attempts.ts";
import { blockingAlone } from "./checkers/blocking-alone.ts";
import { breakerFailsNobody } from "./checkers/breaker-fails-nobody.ts";
import { cacheFresh } from "./checkers/cache-fresh.ts";
import type { CheckerKind } from "./checkers/checker.ts";
import { classOperated } from "./checkers/class-operated.ts";
import { deadLetters } from "./checkers/dead-letters.ts";
import { followUpsOnce } from "./checkers/follow-ups-once.ts";
import { hooksTold } from "./checkers/hooks-told.ts";
import { inTime } from "./checkers/in-time.ts";
import { latestPerforms } from "./checkers/latest-performs.ts";
import { legsGoOn } from "./checkers/legs-go-on.ts";
import { neverLost } from "./checkers/never-lost.ts";
import { noSecondEffect } from "./checkers/no-second-effect.ts";
import { numberHolds } from "./checkers/number-holds.ts";
import { olderGivesWay } from "./checkers/older-gives-way.ts";
import { onTime } from "./checkers/on-time.ts";
import { onceHolds } from "./checkers/once-holds.ts";
import { oneAtATime } from "./checkers/one-at-a-time.ts";
import { oneEnd } from "./checkers/one-end.ts";
import { oneRunPerKey } from "./checkers/one-run-per-key.ts";
import { overlapHolds } from "./checkers/overlap-holds.ts";
import { rateHolds } from "./checkers/rate-holds.ts";
import { recordedAsEnded } from "./checkers/recorded-as-ended.ts";
import { redrivePerforms } from "./checkers/redrive-performs.ts";
import { revokedStops } from "./checkers/revoked-stops.ts";
import { routedRight } from "./checkers/routed-right.ts";
import { tickIsOneRun } from "./checkers/tick-is-one-run.ts";
import { ticksMadeUp } from "./checkers/ticks-made-up.ts";
import { waitsOnce } from "./checkers/waits-once.ts";

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
	redrivePerforms,
	blockingAlone,
	onceHolds,
	hooksTold,
	routedRight,
	classOperated,
	breakerFailsNobody,
	cacheFresh,
	latestPerforms,
	olderGivesWay,
	tickIsOneRun,
	overlapHolds,
	ticksMadeUp,
	waitsOnce,
];
