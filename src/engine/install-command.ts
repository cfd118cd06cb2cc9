/** The command that installs an engine: with the same kind of library for the kind of device that it was installed for. */
export function installCommand(
  name: string,
  { device = 'CPU', force = false }: { readonly device?: string | undefined; readonly force?: boolean } = {},
): string {
  // Without --gpu a GPU's TensorFlow would give way to that of a CPU, and everything that it has trained be made again.
  const gpu = name === 'tensorflow' && device !== 'CPU';
  return `pipe engine install ${name}${gpu ? ' --gpu' : ''}${force ? ' --force' : ''}`;
}
