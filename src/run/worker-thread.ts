import { parentPort } from 'node:worker_threads';
import { executeJob } from './execute-job.ts';
import { collect } from './executors/collect.ts';
import { prepareCommand } from './executors/command-files.ts';
import { failureOf } from './executors/failures.ts';
import { noteWrites } from './executors/note-writes.ts';
import type { FromWorker, ToWorker, WorkerAnswer } from './executors/messages.ts';

type Request = Extract<ToWorker, { type: 'task' }>;

/** The one task that this thread does now. */
let current: { readonly id: number; controller?: AbortController } | undefined;

parentPort?.on('message', (text: string) => {
  const message = JSON.parse(text) as ToWorker;
  if (message.type === 'task') void work(message);
  else if (current?.id === message.id) (current.controller ??= new AbortController()).abort();
});

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    post({ type: 'spoiled', failure: failureOf(error, 'unhandled-error') });
  });
}

noteWrites((message) => {
  if (current !== undefined) post({ type: 'note', id: current.id, note: { type: 'log', message } });
});

post({ type: 'ready' });

async function work(request: Request): Promise<void> {
  current = { id: request.id };
  const answer = await serve(request, current);
  current = undefined;
  post({ type: 'answer', id: request.id, answer });
}

async function serve({ id, task }: Request, state: { controller?: AbortController }): Promise<WorkerAnswer> {
  switch (task.type) {
    case 'job':
      return executeJob(task.job, {
        onNote: (note) => post({ type: 'note', id, note }),
        signal: () => (state.controller ??= new AbortController()).signal,
      });
    case 'prepare':
      return prepareCommand(task.job);
    case 'collect':
      return collect(task.collection);
  }
}

function post(message: FromWorker): void {
  parentPort?.postMessage(JSON.stringify(message));
}
