/** The spellings of one job's name: on the wire, as a file, in code. All of them follow from the name as it was typed. */
import { MillraceError } from "../../shared/kernel/errors.ts";

export interface JobNames {
	/** `send_welcome_email`: what stands in messages, for ever. */
	readonly wire: string;
	/** `send-welcome-email` */
	readonly file: string;
	/** `sendWelcomeEmail`: the definition. */
	readonly definition: string;
	/** `performSendWelcomeEmail` */
	readonly implementation: string;
	/** `Send welcome email` */
	readonly sentence: string;
}

/** Takes kebab-case and snake_case. @throws MillraceError `usage` that quotes the name and shows a right one. */
export function jobNames(typed: string): JobNames {
	const words = typed.split(/[-_]/);
	if (!/^[a-z]/.test(typed) || typed.length > 100 || words.some((word) => !/^[a-z0-9]+$/.test(word))) {
		throw new MillraceError(
			"usage",
			`A job's name is lower-case words joined by "-", a letter first, at most 100 characters: send-welcome-email. Got "${typed}".`,
		);
	}
	const pascal = words.map(capitalise).join("");
	return {
		wire: words.join("_"),
		file: words.join("-"),
		definition: pascal.charAt(0).toLowerCase() + pascal.slice(1),
		implementation: `perform${pascal}`,
		sentence: capitalise(words.join(" ")),
	};
}

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
