/** What the bench and its child processes say to each other. */

export interface ReadyMessage {
  readonly kind: 'ready';
  readonly port: number;
}

/** The measured time begins: forget what came before. */
export interface ResetMessage {
  readonly kind: 'reset';
}

export interface ReportRequest {
  readonly kind: 'report';
}

/** The load's view, from the PBX's side. */
export interface LoadReport {
  readonly kind: 'load';
  /** Calls that heard anything. */
  readonly calls: number;
  readonly sent: number;
  readonly received: number;
  /** Packets that never came back although later ones did. */
  readonly lost: number;
  readonly outboundDelayMs: { readonly p50: number; readonly p99: number };
}

/** The echo's view, from the handler's side. */
export interface EchoReport {
  readonly kind: 'echo';
  readonly received: number;
  /** From the PBX's socket to the handler's message. */
  readonly inboundDelayMs: { readonly p50: number; readonly p99: number };
}

/** Answers the parent; outside a bench there is none. */
export function tell(message: ReadyMessage | LoadReport | EchoReport): void {
  process.send?.(message);
}
