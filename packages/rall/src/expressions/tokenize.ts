/** @file Text to the words of the expression language. */

export interface Token {
  readonly kind: "number" | "name" | "symbol" | "end";
  readonly text: string;
  readonly offset: number;
}

const pattern =
  /(?<space>[\s]+)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z_0-9]*)|(?<symbol>\*\*|<=|>=|==|!=|&&|\|\||[-+*/^(),<>!])/y;

/** All tokens of the text; `fail` makes the error for a character that belongs to none. */
export function tokenize(text: string, fail: (message: string, offset: number) => Error): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const offset = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) {
      throw fail(`The character ${JSON.stringify(text[offset])} has no meaning here.`, offset);
    }
    if (groups.number !== undefined) tokens.push({ kind: "number", text: groups.number, offset });
    else if (groups.name !== undefined) tokens.push({ kind: "name", text: groups.name, offset });
    else if (groups.symbol !== undefined)
      tokens.push({ kind: "symbol", text: groups.symbol, offset });
  }
  return tokens;
}
