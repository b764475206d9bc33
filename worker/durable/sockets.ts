/** What all hibernating WebSockets of an object share: accepting, telling all, hanging up. */

/** Accepts a WebSocket that may hibernate, found again by its tags; `ping` is answered `pong` without waking the object. */
export function acceptSocket(
  context: DurableObjectState,
  tags: string[] = [],
): { client: WebSocket; server: WebSocket } {
  const { 0: client, 1: server } = new WebSocketPair();
  context.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  context.acceptWebSocket(server, tags);
  return { client, server };
}

/** Sends `text` to every socket of the object. */
export function sendToAll(context: DurableObjectState, text: string): void {
  sendTo(context.getWebSockets(), text);
}

/** Sends `text` to these. One that is closing is passed over: whoever is behind it comes back and catches up. */
export function sendTo(sockets: readonly WebSocket[], text: string): void {
  for (const socket of sockets) {
    try {
      socket.send(text);
    } catch {
      // It is closing. What was told is stored, or only a hint.
    }
  }
}

/** Answers the other side's close. 1005 and 1006 may not be sent back (RFC 6455 §7.4.1). */
export function answerClose(socket: WebSocket, code: number): void {
  socket.close(code === 1005 || code === 1006 ? 1000 : code);
}
