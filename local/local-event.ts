/** Everything the local runtime tells its caller while it runs. One union, named in the past tense; nothing here needs an answer. */

/** Which Lambda function an event is about: its stack and its logical id in that stack's template. */
export interface FunctionRef {
	readonly stack: string;
	readonly functionId: string;
}

/** How an invocation ended. Everything but `ok` sends the whole batch back to its queue. */
type InvocationEnd = "ok" | "error" | "timeout" | "crashed";

export type LocalEvent =
	/** Something the template asks for that is not done here, or that was tidied up; said once. */
	| { readonly type: "warning"; readonly message: string }
	/** One line that a handler wrote. `requestId` is absent for lines written while the module was loaded. */
	| (FunctionRef & {
			readonly type: "log";
			readonly stream: "stdout" | "stderr";
			readonly requestId?: string;
			readonly line: string;
	  })
	/** A line in CloudWatch's embedded metric format (JSON with `_aws`), parsed. */
	| (FunctionRef & {
			readonly type: "metric";
			readonly requestId?: string;
			readonly metric: Readonly<Record<string, unknown>>;
	  })
	| (FunctionRef & { readonly type: "environment-started"; readonly pid: number; readonly initMs: number })
	| (FunctionRef & { readonly type: "environment-failed"; readonly message: string })
	| (FunctionRef & {
			readonly type: "environment-ended";
			readonly pid: number;
			readonly reason: "idle" | "stopped" | "replaced" | "timeout" | "crashed";
	  })
	| (FunctionRef & {
			readonly type: "invocation-started";
			readonly requestId: string;
			readonly pid: number;
			readonly messageIds: readonly string[];
			/** Of the messages, in their order; absent where there are none. */
			readonly bodies?: readonly string[];
	  })
	| (FunctionRef & {
			readonly type: "invocation-finished";
			readonly requestId: string;
			readonly pid: number;
			readonly end: InvocationEnd;
			readonly durationMs: number;
			/** Records of the batch, and how many of them go back to the queue. */
			readonly records: number;
			readonly failed: number;
			/** Why, in one line, when `end` is not `ok` or the response could not be read. */
			readonly error?: string;
	  })
	| (FunctionRef & { readonly type: "code-replaced" })
	| (FunctionRef & { readonly type: "rebuild-failed"; readonly message: string })
	/** The first build that succeeds after one that failed. The code may be as it was before both. */
	| (FunctionRef & { readonly type: "rebuild-recovered" })
	/** Changed code holds a catalogue that `cdk synth` would refuse: the code before goes on. */
	| { readonly type: "catalogue-invalid"; readonly message: string }
	| { readonly type: "catalogue-recovered" }
	/** These parts of the catalogue are not as they were at the start, and the template alone brings them. Said once a change. */
	| { readonly type: "restart-needed"; readonly parts: readonly string[] }
	/** An operator paused or resumed a queue class, or changed how many invocations it may have. */
	| {
			readonly type: "class-changed";
			readonly queueClass: string;
			readonly enabled: boolean;
			readonly invocationsMax: number;
	  }
	/** A schedule sent its message. */
	| { readonly type: "schedule-fired"; readonly queueArn: string }
	| { readonly type: "table-swept"; readonly table: string; readonly expired: number };

export type OnLocalEvent = (event: LocalEvent) => void;
