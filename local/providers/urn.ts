export interface Urn {
  readonly stack: string;
  readonly project: string;
  /** Type of the resource itself, without its parents' types. */
  readonly type: string;
  readonly name: string;
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; the name may itself hold `::`. */
export function parseUrn(urn: string): Urn {
  const [head = "", project = "", types = "", ...name] = urn.split("::");
  return {
    stack: head.replace("urn:pulumi:", ""),
    project,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}
