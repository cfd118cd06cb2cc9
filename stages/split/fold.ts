import type { PartMember } from '../../src/stage/index.ts';

export const partNames = ['train', 'development', 'test'] as const;
export type PartName = (typeof partNames)[number];

/** One fold: who is trained on, who chooses when to stop, and who is tested. */
export type Fold = {
  readonly name: string;
  readonly parts: Readonly<Record<PartName, readonly PartMember[]>>;
};

/** The utterance that a member of a part is, or is a segment of. */
export function memberId(member: PartMember): string {
  return typeof member === 'string' ? member : member.id;
}
