/**
 * One request of CloudFormation: the version's message is sent when its resource is made or changed, and CloudFormation is told how that went,
 * whatever happens, because it waits for the answer. The message has a key of the version, so that a repeated request is the same run (INV-07).
 */
import { type DeployEvent, deployEventSchema } from "./deploy-event.ts";

export interface DeployParts {
	/** Sends the message. @throws when SQS did not confirm */
	readonly send: (message: DeployEvent["ResourceProperties"]) => Promise<void>;
	/** Puts the text at the URL. @throws when it was not taken */
	readonly put: (url: string, text: string) => Promise<void>;
}

/** CloudFormation takes answers of 4 KB. */
const REASON_LENGTH_MAX = 1_000;

/** @throws when the event is none of CloudFormation's, or the answer could not be put: the deployment then fails when its time is over. */
export async function answerDeploy(event: unknown, { send, put }: DeployParts): Promise<void> {
	const { RequestType, ResponseURL, ResourceProperties, ...request } = deployEventSchema.parse(event);
	const failure = RequestType === "Delete" ? undefined : await failureOf(send(ResourceProperties));
	await put(
		ResponseURL,
		JSON.stringify({
			Status: failure === undefined ? "SUCCESS" : "FAILED",
			...(failure === undefined ? {} : { Reason: failure }),
			// As long as the resource: another one would make CloudFormation delete what it takes for the one before.
			PhysicalResourceId: request.LogicalResourceId,
			...request,
		}),
	);
}

const failureOf = (sending: Promise<void>): Promise<string | undefined> =>
	sending.then(
		() => undefined,
		(error: unknown) =>
			`The job of this deployment could not be enqueued: ${error instanceof Error ? error.message : String(error)}`.slice(
				0,
				REASON_LENGTH_MAX,
			),
	);
