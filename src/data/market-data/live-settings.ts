/** How live updates are watched for and sent. */
export abstract class LiveSettings {
  /** How often the database is looked at, in milliseconds. */
  readonly pollMs: number;
  /** Listeners of this process at a time, and what one client may have of them while others are there. */
  readonly maxListeners: number;
  readonly clientShare: number;
  /** How often a silent connection is written to, in milliseconds. */
  readonly heartbeatMs: number;
  /** Bytes that may wait for one listener. */
  readonly maxBytes: number;
}
