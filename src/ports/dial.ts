/** What a socket tells its owner. Nothing comes after `closed`. */
export interface SocketEvents {
  opened(): void;
  /** One whole WebSocket message. */
  message(text: string): void;
  /** `code` as in RFC 6455, 1006 without a close frame. */
  closed(code: number, reason: string): void;
}

export interface Socket {
  send(text: string): void;
  /** Drops the connection at once; `closed` still comes, exactly once. */
  terminate(): void;
}

/** Opens a socket to a market channel. Nothing is awaited: a connect may hang for ever. */
export type Dial = (url: string, events: SocketEvents) => Socket;

/**
 * Bun's own client. Compression is not offered: the venue does not negotiate it
 * (docs/PROTOCOL.md, "Connection"), and it would cost four times the processor.
 */
export const systemDial: Dial = (url, events) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let ended = false;
  const end = (code: number, reason: string) => {
    if (ended) return;
    ended = true;
    events.closed(code, reason);
  };
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }) => {
    // The venue sends text only. Should it ever send bytes, they are kept, not dropped.
    const text = typeof data === "string" ? data : `base64:${Buffer.from(data).toString("base64")}`;
    if (!ended) events.message(text);
  };
  // The reason of a failed connect comes with this event; `close` follows with 1006.
  let failure = "";
  socket.onerror = (event) => {
    failure = "message" in event ? String(event.message) : "";
  };
  socket.onclose = ({ code, reason }) => end(code, reason || failure);
  return {
    send: (text) => socket.send(text),
    terminate() {
      socket.terminate();
      // A peer that is gone answers nothing: do not wait for the event.
      queueMicrotask(() => end(1006, "terminated"));
    },
  };
};
