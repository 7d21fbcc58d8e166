/**
 * Which SQS message carries a run: the one at hand, or the one that it stands for because its run had to wait for a limit or a breaker. That one may have
 * been delivered twice and have begun the run; were its copy a stranger, nobody would repeat the follow-ups (INV-01). Pure.
 */

import { NOBODY, type RunRecord } from "../ports/job-store.ts";

/** @param fields of a message, as far as they can be read. */
export function carrierOf(fields: Readonly<Record<string, unknown>> | undefined, messageId: string): string {
	for (const wait of [fields?.["ticket"], fields?.["line"], fields?.["breaker"], fields?.["debounced"]]) {
		const carrier: unknown = typeof wait === "object" && wait !== null && "carrier" in wait ? wait.carrier : undefined;
		if (typeof carrier === "string") return carrier;
	}
	return messageId;
}

/**
 * The row names the message that brought its state about; before it, once another one has sent what it owes, nobody; and last the one that was
 * refused over it. Parted by spaces.
 */
const namedIn = ({ carrier }: Pick<RunRecord, "carrier">): readonly string[] => carrier.split(" ");

/** Whether the message brought the row's state about, or was refused over it. */
export const isNamedIn = (row: Pick<RunRecord, "carrier">, messageId: string): boolean =>
	namedIn(row).includes(messageId);

/** Whether the row's state came about by the message. */
export const isCarriedBy = (row: Pick<RunRecord, "carrier">, messageId: string): boolean =>
	namedIn(row)[mayOwe(row) ? 0 : 1] === messageId;

/** Whether what the row owes may not have been sent. */
export const mayOwe = (row: Pick<RunRecord, "carrier">): boolean => namedIn(row)[0] !== NOBODY;

/** Of a row that may owe. */
export const withNobody = <Row extends RunRecord>(row: Row): Row => ({ ...row, carrier: `${NOBODY} ${row.carrier}` });

export const withRefused = <Row extends RunRecord>(row: Row, messageId: string): Row => ({
	...row,
	carrier: [...namedIn(row).slice(0, mayOwe(row) ? 1 : 2), messageId].join(" "),
});
