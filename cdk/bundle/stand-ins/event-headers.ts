/** Stands for what the SDK's signer needs to sign the messages of event streams, in a bundle without event streams. */
export class HeaderFormatter {
	format(): never {
		throw new Error("This bundle was made without event streams, so it can't sign their messages.");
	}
}
