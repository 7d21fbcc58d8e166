/** All failures that the simulation found, newest first. */
import { admittedWhileAnotherLooked } from "./found/admitted-while-another-looked.ts";
import { askedForPartOfAMillisecond } from "./found/asked-for-part-of-a-millisecond.ts";
import { beatAfterTheTurn } from "./found/beat-after-the-turn.ts";
import { bothLookedFirst } from "./found/both-looked-first.ts";
import { carrierGone } from "./found/carrier-gone.ts";
import { claimedAfterTheEnd } from "./found/claimed-after-the-end.ts";
import { claimedAfterTheLeg } from "./found/claimed-after-the-leg.ts";
import { clockAheadOfTheDebounce } from "./found/clock-ahead-of-the-debounce.ts";
import { copiesOfAWaitingTick } from "./found/copies-of-a-waiting-tick.ts";
import { debouncedRunRevivedByACopy } from "./found/debounced-run-revived-by-a-copy.ts";
import { endsWellAfterTheDefaultLimit } from "./found/ends-well-after-the-default-limit.ts";
import { expiredWhileItWaited } from "./found/expired-while-it-waited.ts";
import type { Finding } from "./found/finding.ts";
import { firstSweepLooksBackADay } from "./found/first-sweep-looks-back-a-day.ts";
import { frozenBeatDelaysTheLeaving } from "./found/frozen-beat-delays-the-leaving.ts";
import { hookOutlastsTheLease } from "./found/hook-outlasts-the-lease.ts";
import { keptByTwoLives } from "./found/kept-by-two-lives.ts";
import { lateCopyEndsABegunRun } from "./found/late-copy-ends-a-begun-run.ts";
import { lateCopyOfAnAdmittedTick } from "./found/late-copy-of-an-admitted-tick.ts";
import { lateExtensionShortens } from "./found/late-extension-shortens.ts";
import { lateStartWithoutLease } from "./found/late-start-without-lease.ts";
import { latestForgottenInLine } from "./found/latest-forgotten-in-line.ts";
import { latestTickPerformsAgain } from "./found/latest-tick-performs-again.ts";
import { leftBeforeTheEnd } from "./found/left-before-the-end.ts";
import { letterKeepsABegunWish } from "./found/letter-keeps-a-begun-wish.ts";
import { letterOfTheRefusedCopy } from "./found/letter-of-the-refused-copy.ts";
import { letterTellsAnotherReason } from "./found/letter-tells-another-reason.ts";
import { lettersOfTwoLives } from "./found/letters-of-two-lives.ts";
import { loweredNumberBlocks } from "./found/lowered-number-blocks.ts";
import { missedBeforeItWasEnabled } from "./found/missed-before-it-was-enabled.ts";
import { missedCountedByBoth } from "./found/missed-counted-by-both.ts";
import { namelessLetterSentBack } from "./found/nameless-letter-sent-back.ts";
import { oldWorkerMeetsRenamedRun } from "./found/old-worker-meets-renamed-run.ts";
import { queuedBehindThePurged } from "./found/queued-behind-the-purged.ts";
import { rateSetWhileNobodyStarted } from "./found/rate-set-while-nobody-started.ts";
import { redriveSkippedBetweenLegs } from "./found/redrive-skipped-between-legs.ts";
import { redriveWaitsAfterTheRevoke } from "./found/redrive-waits-after-the-revoke.ts";
import { refusedAfterACopyEndedIt } from "./found/refused-after-a-copy-ended-it.ts";
import { refusedAfterRename } from "./found/refused-after-rename.ts";
import { refusedAfterWaiting } from "./found/refused-after-waiting.ts";
import { refusedBesideItsTakeOver } from "./found/refused-beside-its-take-over.ts";
import { restAfterManyRounds } from "./found/rest-after-many-rounds.ts";
import { revivedByTheOneThatGaveWay } from "./found/revived-by-the-one-that-gave-way.ts";
import { revokedFreesItsSlot } from "./found/revoked-frees-its-slot.ts";
import { secondFiringOfAWaitingTick } from "./found/second-firing-of-a-waiting-tick.ts";
import { silentForTooLong } from "./found/silent-for-too-long.ts";
import { slowHookBeginsTheEnded } from "./found/slow-hook-begins-the-ended.ts";
import { staleWasTheLast } from "./found/stale-was-the-last.ts";
import { wordOfTheEarlierMessage } from "./found/word-of-the-earlier-message.ts";

export const findings: readonly Finding[] = [
	endsWellAfterTheDefaultLimit,
	admittedWhileAnotherLooked,
	redriveSkippedBetweenLegs,
	latestTickPerformsAgain,
	restAfterManyRounds,
	keptByTwoLives,
	secondFiringOfAWaitingTick,
	namelessLetterSentBack,
	refusedAfterACopyEndedIt,
	redriveWaitsAfterTheRevoke,
	wordOfTheEarlierMessage,
	leftBeforeTheEnd,
	rateSetWhileNobodyStarted,
	lateCopyEndsABegunRun,
	lateCopyOfAnAdmittedTick,
	copiesOfAWaitingTick,
	frozenBeatDelaysTheLeaving,
	expiredWhileItWaited,
	askedForPartOfAMillisecond,
	hookOutlastsTheLease,
	firstSweepLooksBackADay,
	letterKeepsABegunWish,
	revivedByTheOneThatGaveWay,
	clockAheadOfTheDebounce,
	refusedBesideItsTakeOver,
	lettersOfTwoLives,
	silentForTooLong,
	bothLookedFirst,
	missedBeforeItWasEnabled,
	queuedBehindThePurged,
	missedCountedByBoth,
	claimedAfterTheLeg,
	debouncedRunRevivedByACopy,
	letterOfTheRefusedCopy,
	staleWasTheLast,
	latestForgottenInLine,
	lateExtensionShortens,
	claimedAfterTheEnd,
	slowHookBeginsTheEnded,
	loweredNumberBlocks,
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
