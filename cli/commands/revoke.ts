/** `millrace revoke ID...`: runs that must not be performed, or must stop. */
import type { Command } from "commander";
import type { Revocation } from "../../shared/client/client.ts";
import { safeLine } from "../../shared/kernel/safe-text.ts";
import type { Action } from "../command-context.ts";
import { exitCodes } from "../exit-codes.ts";

export interface RevokeOptions {
	readonly reason?: string;
}

export const describeRevoke = (command: Command): Command =>
	command
		.description("revoke runs: what has not begun never performs, what performs is told to stop within 20 s")
		.argument("<id...>", "run ids")
		.option("--reason <text>", "why; the run's status shows it", "revoked by an operator")
		.addHelpText(
			"after",
			`
The exit code is 3 when a run had ended before: it stays as it ended.

Example:
  millrace revoke $ID --reason "sent by mistake"`,
		);

export const revoke: Action<RevokeOptions> = async (context, ids, { reason }) => {
	const client = await context.client();
	const revoked: ({ readonly id: string } & Revocation)[] = [];
	for (const id of ids) revoked.push({ id, ...(await client.revoke(id, reason)) });
	context.print({ runs: revoked }, () => revoked.map((one) => `${safeLine(one.id)}  ${words(one)}`).join("\n"));
	return revoked.every(({ outcome }) => outcome !== "ended") ? exitCodes.done : exitCodes.notThere;
};

function words(revocation: Revocation): string {
	switch (revocation.outcome) {
		case "revoked":
			return revocation.unseen === true
				? "REVOKED; no worker has seen it yet: it won't perform when it comes, if the id is right"
				: "REVOKED";
		case "stopping":
			return "performs, and is told to stop";
		case "ended":
			return `had ended before: ${revocation.state}`;
	}
}
