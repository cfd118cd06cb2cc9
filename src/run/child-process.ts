import { Socket } from 'node:net';
import { executeJob } from './execute-job.ts';
import { collect } from './executors/collect.ts';
import { prepareCommand } from './executors/command-files.ts';
import { failureOf } from './executors/failures.ts';
import { onLines } from './executors/lines.ts';
import { type FromWorker, type ToWorker, type WorkerAnswer, type WorkerTask, channel } from './executors/messages.ts';
import { noteWrites } from './executors/note-writes.ts';

/** The one task that this process does now. */
let current: { controller?: AbortController } | undefined;

const socket = new Socket({ fd: channel, readable: true, writable: true });
onLines(socket, (line) => {
  const message = JSON.parse(line) as ToWorker;
  if (message.type === 'task') void work(message.task);
  else if (current !== undefined) (current.controller ??= new AbortController()).abort();
});
// The coordinator is gone: nobody waits for an answer, and what we started must not go on either.
socket.on('close', () => {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } finally {
    process.exit(1);
  }
});

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    send({ type: 'spoiled', failure: failureOf(error, 'unhandled-error') });
  });
}

noteWrites((message) => {
  if (current !== undefined) send({ type: 'note', note: { type: 'log', message } });
});

send({ type: 'ready' });

async function work(task: WorkerTask): Promise<void> {
  const state: { controller?: AbortController } = {};
  current = state;
  const answer = await serve(task, state);
  current = undefined;
  send({ type: 'answer', answer });
}

async function serve(task: WorkerTask, state: { controller?: AbortController }): Promise<WorkerAnswer> {
  switch (task.type) {
    case 'job':
      return executeJob(task.job, {
        onNote: (note) => send({ type: 'note', note }),
        signal: () => (state.controller ??= new AbortController()).signal,
      });
    case 'prepare':
      return prepareCommand(task.job);
    case 'collect':
      return collect(task.collection);
  }
}

function send(message: FromWorker): void {
  socket.write(`${JSON.stringify(message)}\n`);
}
