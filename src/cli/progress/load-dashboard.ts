import { env } from 'node:process';
import type * as Dashboard from '../../dashboard/open-dashboard.tsx';

/**
 * Ink and React, when they are needed. React is many times slower in its development mode, and chooses by the environment while
 * it is loaded.
 */
export async function loadDashboard(): Promise<typeof Dashboard> {
  const before = env.NODE_ENV;
  env.NODE_ENV = 'production';
  try {
    return await import('../../dashboard/open-dashboard.tsx');
  } finally {
    if (before === undefined) Reflect.deleteProperty(env, 'NODE_ENV');
    else env.NODE_ENV = before;
  }
}
