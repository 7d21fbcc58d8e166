/** The switch between a queue class and its workers: its event source mapping. For operators; a worker can't reach it. Messages keep coming in either way. */

export interface Feeding {
	/** `changing`: on its way to one of the others, which takes AWS up to about a minute. */
	readonly state: "active" | "paused" | "changing";
	/** Why it was paused, where that was said. */
	readonly reason?: string;
	/** ISO 8601: when the mapping was last changed. Only while it is not active. */
	readonly since?: string;
}

export interface MappingSize {
	/** Invocations of the class at the same time. */
	readonly invocations: number;
	/** The profile that it was last given, where it was given one. */
	readonly profile?: string;
}

export interface MappingOperator {
	/** @throws MillraceError as `read` */
	size(queueClass: string): Promise<MappingSize>;
	/** In force within a minute; invocations that run go on. Waits for an earlier change to be done. @throws MillraceError as `read` */
	resize(queueClass: string, size: Required<MappingSize>): Promise<void>;
	/** @throws MillraceError `mapping-failed`, `queue-class-not-found`, `configuration-invalid` when the address names no mapping */
	read(queueClass: string): Promise<Feeding>;
	/**
	 * Stops handing messages to workers; invocations that run go on to their end. Resolves when AWS has taken the order, and waits for an
	 * earlier change to be done. Pausing what is paused replaces the reason.
	 * @param reason At most TAG_VALUE_CHARACTERS_MAX, in which punctuation takes three. Default: none is kept.
	 * @throws MillraceError as `read`; `message-invalid-field` for a reason that is too long
	 */
	pause(queueClass: string, reason?: string): Promise<void>;
	/** Hands messages out again, and forgets the reason. @throws MillraceError as `read` */
	resume(queueClass: string): Promise<void>;
}
