/** An error of `npm start` as a person gets it: one line `error <code>: message` and the exit code, both as the `millrace` command has them. */
import { type ErrorCode, MillraceError } from "../../shared/kernel/errors.ts";

/** The command, the app or the folder is not right: trying again as it is can't help. */
const REFUSED = 2;
const TIMED_OUT = 3;
/** The stack did not do it: trying again may help. */
const OUTSIDE = 4;
const FAULT = 70;

const exitCodes: Partial<Readonly<Record<ErrorCode, number>>> = {
	"wait-timed-out": TIMED_OUT,
	"local-stack-failed": OUTSIDE,
	"send-failed": OUTSIDE,
	"store-failed": OUTSIDE,
	"blob-failed": OUTSIDE,
	"queue-failed": OUTSIDE,
};

export function tellError(error: unknown): { readonly text: string; readonly exitCode: number } {
	if (error instanceof MillraceError) {
		return { text: `error ${error.code}: ${error.message}`, exitCode: exitCodes[error.code] ?? REFUSED };
	}
	const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
	return { text: `error fault: ${what}`, exitCode: FAULT };
}
