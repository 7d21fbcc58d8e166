/** What the command's exit code says, so that scripts need not read messages. Listed in `millrace --help`. */
import type { ErrorCode } from "../shared/kernel/errors.ts";

export const exitCodes = {
	/** Done; a run waited for is SUCCESS or SKIPPED. */
	done: 0,
	/** The run waited for or asked about is FAILURE or REVOKED; a check of `doctor` failed. */
	failed: 1,
	/** The command, the input or the configuration is wrong: trying again as it is can't help. */
	refused: 2,
	/** Not there, or not yet: no such run or letter, not finished, timed out. */
	notThere: 3,
	/** SQS, DynamoDB, S3, SSM, Lambda or the local stack did not do it: trying again may help. */
	outside: 4,
	/** A fault of this program. */
	fault: 70,
	/** Ctrl-C. */
	interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `Exit codes:
  0    done; a run waited for is SUCCESS or SKIPPED
  1    the run is FAILURE or REVOKED; a check of doctor failed
  2    the command, the input or the configuration is wrong
  3    not there or not yet: no such run, not finished, timed out
  4    SQS, DynamoDB, S3, SSM, Lambda or the local stack did not do it
  70   a fault of this program
  130  interrupted`;

const byErrorCode: Partial<Readonly<Record<ErrorCode, ExitCode>>> = {
	"run-failed": exitCodes.failed,
	"run-not-found": exitCodes.notThere,
	"run-not-finished": exitCodes.notThere,
	"result-missing": exitCodes.notThere,
	"input-reference-missing": exitCodes.notThere,
	"wait-timed-out": exitCodes.notThere,
	"send-failed": exitCodes.outside,
	"store-failed": exitCodes.outside,
	"blob-failed": exitCodes.outside,
	"queue-failed": exitCodes.outside,
	"mapping-failed": exitCodes.outside,
	"local-stack-failed": exitCodes.outside,
};

/** Everything else is something that was asked for wrongly. */
export const exitCodeOf = (code: ErrorCode): ExitCode => byErrorCode[code] ?? exitCodes.refused;
