import { defineView } from '../src/stage/index.ts';

export default defineView({
  outputs: { audio: 'waveform' },
  view: ({ outputs: { audio } }) => [{ kind: 'audio', title: 'The recording without silence at its ends', audio }],
});
