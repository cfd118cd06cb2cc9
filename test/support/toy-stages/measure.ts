import { DataError, Type, defineStage } from 'pipe/stage';
import { shout } from './helper.ts';

export default defineStage({
  name: 'measure',
  description: 'Character codes of a text, scaled',
  kind: 'map',
  params: Type.Object({ gain: Type.Number({ default: 1 }), offset: Type.Number({ default: 0 }) }),
  inputs: { text: 'file' },
  outputs: { codes: 'array' },
  run({ text }, { gain, offset }) {
    // A remark in the code is no change of the code.
    const words = shout(new TextDecoder().decode(text));
    if (words.includes('POISON')) throw new DataError('poisoned', 'the text is poisoned', { advice: 'Write another.' });
    if (words.includes('THROW')) throw new Error('thrown on purpose');
    if (words.includes('LEAVE')) process.exit(3);
    const codes = Float32Array.from(words, (letter) => letter.charCodeAt(0) * gain + offset);
    return { codes: { shape: [codes.length], data: codes } };
  },
});
