import { DatacookError } from '@datacook/core';

/** The bytes from the server make no sense: nothing that follows on this connection can be trusted. */
export class ProtocolError extends DatacookError {
  constructor(what: string) {
    super('CONNECTION', `The server's answer to COPY makes no sense: ${what}.`, {
      hint: 'Something between here and the server (a pooler, a proxy) alters or cuts the stream. Connect to the server itself, or run again.',
      retry: true,
    });
  }
}

export function notSent(cause: Error): DatacookError {
  return new DatacookError('CONNECTION', `The COPY could not be sent: ${cause.message}.`, {
    retry: true,
    cause,
  });
}

export function connectionLost(rows: number, cause?: unknown): DatacookError {
  return new DatacookError(
    'CONNECTION',
    `The connection was lost in the middle of a COPY, after ${rows} rows.`,
    {
      hint: "The server was stopped, ended the session, or can't be reached any more: its log says why.",
      retry: true,
      ...(cause !== undefined && { cause }),
    },
  );
}

export function incomplete(what: string): DatacookError {
  return new DatacookError('CONNECTION', `The COPY did not end as it should: ${what}.`, {
    hint: 'Rows may be missing, so the read counts as failed. Run again.',
    retry: true,
  });
}

export function cancelled(): DatacookError {
  return new DatacookError('CANCELLED', 'The reading of rows was asked to stop.');
}
