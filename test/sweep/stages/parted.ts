import { Type, defineStage } from 'pipe/stage';

export default defineStage({
  name: 'parted',
  description: 'Leave one speaker out, with or without another for development',
  kind: 'reduce',
  params: Type.Object({
    development: Type.Union([Type.Literal('none'), Type.Literal('speaker')], { default: 'none' }),
  }),
  columns: ['id', 'speaker'],
  inputs: { items: { items: null } },
  outputs: { folds: 'json' },
  run({ items }, { development }) {
    const idsOf = (wanted: (speaker: string) => boolean) =>
      items.filter(({ columns }) => wanted(String(columns['speaker']))).map(({ columns }) => String(columns['id']));
    const speakers = [...new Set(items.map(({ columns }) => String(columns['speaker'])))].sort();
    return {
      folds: speakers.map((name, index) => {
        const next = development === 'none' ? undefined : speakers[(index + 1) % speakers.length];
        return {
          name,
          parts: {
            train: idsOf((speaker) => speaker !== name && speaker !== next),
            development: idsOf((speaker) => speaker === next),
            test: idsOf((speaker) => speaker === name),
          },
        };
      }),
    };
  },
});
