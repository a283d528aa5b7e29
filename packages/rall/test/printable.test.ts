import { expect, test } from "vitest";
import { ModelError, RallError } from "../src/errors.ts";
import { parse } from "../src/expressions/parse.ts";
import { excerpt, printable, shortened } from "../src/printable.ts";
import { nearestName } from "../src/util/suggest.ts";

test("what could steer a terminal or turn a line is written out", () => {
  expect(printable("a\u001b[2Jb\u0000\n\u0085\u202ec\u2028")).toBe(
    "a\\u001b[2Jb\\u0000\\u000a\\u0085\\u202ec\\u2028",
  );
  expect(printable("a\nb\tc", "\n\t")).toBe("a\nb\tc");
  expect(printable("half \ud800 pair, µm, 脳, 🧠")).toBe("half \\ud800 pair, µm, 脳, 🧠");
});

test("a long text is cut in the middle, a long line around the place", () => {
  const long = "x".repeat(5000);
  expect(shortened(long, 200)).toHaveLength(200);
  expect(shortened("short", 200)).toBe("short");
  const line = `${"a".repeat(500)}!${"b".repeat(500)}`;
  const { text, column } = excerpt(line, 501);
  expect(text[column - 1]).toBe("!");
  expect(text.length).toBeLessThan(130);
  expect(excerpt(line, 1)).toEqual({ text: `${"a".repeat(120)}...`, column: 1 });
  expect(excerpt("abc", 2)).toEqual({ text: "abc", column: 2 });
});

test("no message is longer than 2,000 characters or steers a terminal, whatever is put into it", () => {
  const huge = "\u001b[31mx".repeat(100_000);
  const error = new ModelError(huge, {
    file: huge,
    location: { line: 1, column: 300_000, text: huge },
    suggestion: huge,
    remedy: huge,
  });
  expect(error.message.length).toBeLessThanOrEqual(2000);
  expect(error.message).not.toMatch(/[^\P{Cc}\n\t]/u);
});

test("an equation of any length is quoted around the place that is wrong", () => {
  const text = `${"v + ".repeat(20_000)}g$`;
  try {
    parse(text);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof RallError)) throw error;
    expect(error.message).toContain("v + v + g$");
    expect(error.message.length).toBeLessThan(500);
    const [, line = "", mark = ""] = error.message.split("\n");
    expect(line[mark.length - 1]).toBe("$");
  }
});

test("names of any length are compared in no time", () => {
  const name = "x".repeat(50_000);
  expect(nearestName(name, [`${name}y`])).toBeUndefined();
  expect(nearestName("gNA", ["gNa", name])).toBe("gNa");
});
