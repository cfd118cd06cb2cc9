/** What the record keeps, in few lines, of events that come too often for one line each. */
export type LiveEvent =
  /** So many more tasks of these stages were there already. */
  | { readonly type: 'tasks-cached'; readonly counts: Readonly<Record<string, number>> }
  /** The newest figures of tasks, by their titles. */
  | {
      readonly type: 'tasks-progress';
      readonly tasks: readonly (readonly [title: string, figures: Readonly<Record<string, number>>])[];
    };
