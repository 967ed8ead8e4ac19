/** A URL as it may be shown: the password is replaced. */
export function maskPassword(url: string): string {
  return url.replace(/^([a-z+]+:\/\/[^:@/]*):[^@/]*@/, "$1:****@");
}
