import process from 'node:process';
import fc from 'fast-check';

// The same cases each time; PIPE_TEST_SEED=N makes others, to look for what these miss.
fc.configureGlobal({ seed: Number(process.env['PIPE_TEST_SEED'] ?? 20_200_202) });

export default fc;
