/**
 * The truth about an exchange: what it sent to whom, and what it withheld or spoilt on purpose.
 * One JSON object a line in a file: `{"t_us","socket","text"}` for a text sent, and
 * `{"t_us","socket","fault"}`, with the `text` as it should have been where the fault concerns
 * one; `"follows":true` says that the socket's next line is what became of it.
 */
export type LogLine =
  | { readonly t_us: number; readonly socket: number; readonly text: string }
  | {
      readonly t_us: number;
      /** 0 where no socket is concerned. */
      readonly socket: number;
      readonly fault: string;
      readonly text?: string;
      readonly follows?: true;
    };

/** Takes each line as it happens. */
export type ExchangeLog = (line: LogLine) => void;
