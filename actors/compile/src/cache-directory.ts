// Where a user's caches live, by platform convention.
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `WORC_CACHE_DIR` is taken as it is; elsewhere a directory of our own is added. Empty variables count as unset. */
export function defaultCacheDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  const chosen = environment['WORC_CACHE_DIR']
  return chosen !== undefined && chosen !== '' ? chosen : join(userCaches(environment, platform), 'worc')
}

function userCaches(environment: Readonly<Record<string, string | undefined>>, platform: string): string {
  const variable = environment[platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME']
  if (variable !== undefined && variable !== '') return variable
  if (platform === 'win32') return join(homedir(), 'AppData', 'Local')
  return platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache')
}
