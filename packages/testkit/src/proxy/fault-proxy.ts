import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Fault, Traffic } from './fault.js';
import { ProxiedConnection } from './proxied-connection.js';

const HOST = '127.0.0.1';

export interface FaultProxyOptions {
  /** The server that is meant. */
  readonly host: string;
  readonly port: number;
  /** What is wrong with a connection, by its number, from 1 in the order in which clients came. Default: nothing. */
  readonly fault?: (connection: number) => Fault;
}

/** A TCP proxy in front of a server, which does to connections what networks do. */
export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** The URL of the server, with the proxy's host and port in it. */
  through(url: string): string;
  /** What is wrong with the connections that come from now on. Numbers begin at 1 again, and so does `traffic`. */
  restart(fault?: (connection: number) => Fault): void;
  /** Bytes that have passed, by connection. */
  traffic(): readonly Traffic[];
  /** How many connections were cut. */
  cuts(): number;
  /** Ends all connections, and the proxy. */
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new TcpProxy(options);
  await proxy.listen();
  return proxy;
}

class TcpProxy implements FaultProxy {
  readonly host = HOST;
  port = 0;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections: ProxiedConnection[] = [];
  #count = 0;
  #fault: (connection: number) => Fault;

  constructor({ host, port, fault = () => ({}) }: FaultProxyOptions) {
    this.#target = { host, port };
    this.#fault = fault;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, HOST);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  through(url: string): string {
    const through = new URL(url);
    through.hostname = this.host;
    through.port = String(this.port);
    return through.href;
  }

  restart(fault: (connection: number) => Fault = () => ({})): void {
    this.#fault = fault;
    this.#connections = [];
    this.#count = 0;
  }

  traffic(): readonly Traffic[] {
    return this.#connections.map((connection) => connection.traffic);
  }

  cuts(): number {
    return this.#connections.filter(({ isCut }) => isCut).length;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    this.#count += 1;
    const fault = this.#fault(this.#count);
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      // Whoever reads or writes is told as well.
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    const connection = new ProxiedConnection(client, server, fault);
    this.#connections.push(connection);
    void connection.run();
  }
}
