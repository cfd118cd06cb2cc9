import { type ToyProject, createProject } from './toy-project.ts';
import { wavFile } from './wav.ts';

export const speechPipeline = `pipeline: speech
data: { speech: speech }
stages:
  corpus: { uses: corpus/csv, with: { root: "\${data.speech}", classes: [anger, sadness] } }
  audio: { uses: decode, needs: corpus }
  level: { uses: normalise, needs: audio }
  voice: { uses: vad, needs: level }
  segments: { uses: segment, needs: voice, with: { seconds: 0.3, overlapSeconds: 0.1, minTailSeconds: 0.1 } }
`;

/** Map stages that a file goes through. */
export const speechStages = ['audio', 'level', 'voice', 'segments'] as const;

/** A project with a list of WAV files of made-up speech, and the real stages from decoding to segments. */
export function createSpeechProject(files: Readonly<Record<string, Uint8Array | string>>): ToyProject {
  const project = createProject('pipe-speech-');
  for (const [name, content] of Object.entries(files)) project.write(`speech/${name}`, content);
  project.write('speech/list.csv', listOf(Object.keys(files)));
  project.write('pipeline.yaml', speechPipeline);
  return project;
}

/** Two speakers and two labels by turns. */
export function listOf(names: readonly string[]): string {
  const rows = names.map((name, index) => `${name},0${1 + (index % 2)},${index % 4 < 2 ? 'anger' : 'sadness'}`);
  return ['path,speaker,label', ...rows, ''].join('\n');
}

/** 0.8 s of what passes for speech: silence, then two harmonic sounds with a pause between, as 16-bit values. */
export function speechSamples(pitch = 120, sampleRate = 16000): number[] {
  return Array.from({ length: 0.8 * sampleRate }, (_, index) => {
    const seconds = index / sampleRate;
    const voiced = (seconds > 0.15 && seconds < 0.4) || (seconds > 0.45 && seconds < 0.7);
    if (!voiced) return index % 3;
    const phase = 2 * Math.PI * pitch * seconds;
    return Math.round(6000 * Math.sin(phase) + 3000 * Math.sin(2 * phase) + 1500 * Math.sin(5 * phase));
  });
}

export const speechFile = (pitch = 120): Uint8Array => wavFile([speechSamples(pitch)]);
