/** Stands for the SDK's event streams in a bundle none of whose clients has any. What asks for it nevertheless is told how to get it. */
throw new Error(
	'This bundle was made without event streams, since no SDK client in it imports them. Add `import "@smithy/core/event-streams";` to the worker that needs them.',
);
