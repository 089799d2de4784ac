/** A tool that did not do what it was asked: told to the model in one plain line, and logged by its code. */

export type ToolFailureCode =
  /** What the model wrote does not fit the schema. */
  | 'TOOL_ARGUMENTS'
  | 'TOOL_TIMEOUT'
  /** No connection, or it broke. */
  | 'TOOL_UNREACHABLE'
  /** An HTTP status of 400 or more. */
  | 'TOOL_STATUS'
  | 'TOOL_REDIRECTED'
  /** An address that the agent's own URL does not allow. */
  | 'TOOL_ADDRESS'
  | 'TOOL_UNREADABLE'
  /** A server of tools cannot be asked for them, or for one of them. */
  | 'MCP_UNAVAILABLE'
  /** The tool itself says that it failed. */
  | 'MCP_TOOL_FAILED';

export class ToolFailure extends Error {
  readonly code: ToolFailureCode;
  /** For the log: never what the endpoint or the caller said. */
  readonly logged: string;

  /** `told` is for the model; `logged` where the two differ. Neither holds a header or a URL. */
  constructor(code: ToolFailureCode, told: string, logged: string = told) {
    super(told);
    this.name = 'ToolFailure';
    this.code = code;
    this.logged = logged;
  }
}
