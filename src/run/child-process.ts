import { executeJob } from './execute-job.ts';
import { failureOf } from './executors/failures.ts';
import type { FromChild, ToChild } from './executors/messages.ts';
import type { Job, JobAnswer } from './job.ts';

const controller = new AbortController();
let answered = false;

process.on('message', (message: ToChild) => {
  if (message.type === 'job') void run(message.job);
  else controller.abort();
});

// The coordinator is gone: nobody waits for an answer, and what we started must not go on either.
process.on('disconnect', () => {
  if (answered) return;
  try {
    process.kill(-process.pid, 'SIGKILL');
  } finally {
    process.exit(1);
  }
});

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => answer(failureOf(error, 'unhandled-error')));
}

async function run(job: Job): Promise<void> {
  const onNote = (note: Extract<FromChild, { type: 'note' }>['note']) => send({ type: 'note', note });
  answer(await executeJob(job, { onNote, signal: () => controller.signal }));
}

/** Gives the first answer and ends, whatever the stage left open. */
function answer(given: JobAnswer): void {
  if (answered) return;
  answered = true;
  send({ type: 'answer', answer: given }, () => process.exit(0));
}

function send(message: FromChild, done?: () => void): void {
  process.send?.(message, undefined, undefined, () => done?.());
}
