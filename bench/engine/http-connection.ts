import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A kept-alive HTTP/1.1 connection for one request at a time: a fraction of the work of an HTTP client, which shares the machine with the engine. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #received = '';
  #settle: ((answer: Answer) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor(url: URL, token: string) {
    this.#head = `host: ${url.host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    // All that is sent and received is ASCII.
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#receive(text);
    });
    this.#socket.on('error', (error) => this.#fail?.(error));
    this.#socket.on('close', () => this.#fail?.(new Error('the engine closed a connection')));
  }

  post(path: string, body: string): Promise<Answer> {
    return this.#send(`POST ${path} HTTP/1.1\r\n${this.#head}content-length: ${String(body.length)}\r\n\r\n${body}`);
  }

  get(path: string): Promise<Answer> {
    return this.#send(`GET ${path} HTTP/1.1\r\n${this.#head}\r\n`);
  }

  close(): void {
    this.#fail = undefined;
    this.#socket.destroy();
  }

  #send(text: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
      this.#socket.write(text, 'latin1');
    });
  }

  #receive(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /content-length: (\d+)/i.exec(this.#received.slice(0, headEnd))?.[1];
    const end = headEnd + 4 + Number(length ?? 0);
    if (this.#received.length < end) return;
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(headEnd + 4, end) };
    this.#received = '';
    this.#settle?.(answer);
  }
}
