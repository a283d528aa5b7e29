/** A program as an editor sees it: what the compiler refuses, and what completes at a place. */
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const folder = `${root}packages/rall/test/types/`;

/** The strictest options that a reader's project may have. */
export const strict: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  types: ["node"],
  allowImportingTsExtensions: true,
  moduleDetection: ts.ModuleDetectionKind.Force,
  baseUrl: root,
  ignoreDeprecations: "6.0",
  paths: { rall: ["./packages/rall/src/index.ts"], "rall/*": ["./packages/rall/src/*.ts"] },
};

export class Editor {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #service: ts.LanguageService;

  /** @param texts - programs by name. */
  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = new Map(Object.entries(texts).map(([name, text]) => [pathOf(name), text]));
    const read = (path: string) => this.#texts.get(path) ?? ts.sys.readFile(path);
    this.#service = ts.createLanguageService({
      getScriptFileNames: () => [...this.#texts.keys()],
      getScriptVersion: () => "1",
      getScriptSnapshot: (path) => {
        const text = read(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => folder,
      getCompilationSettings: () => strict,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (path) => this.#texts.has(path) || ts.sys.fileExists(path),
      readFile: read,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** What is wrong with a program, as `line: message`. */
  problems(name: string): string[] {
    const path = pathOf(name);
    const text = this.#texts.get(path) ?? "";
    return [
      ...this.#service.getSyntacticDiagnostics(path),
      ...this.#service.getSemanticDiagnostics(path),
    ].map(({ start = 0, messageText }) => {
      const line = text.slice(0, start).split("\n").length;
      return `${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  }

  /** What an editor shows of the name at the first `mark`. */
  hint(name: string, mark: string): string {
    const path = pathOf(name);
    const position = this.#texts.get(path)?.indexOf(mark) ?? -1;
    const info = this.#service.getQuickInfoAtPosition(path, position);
    return (info?.displayParts ?? []).map(({ text }) => text).join("");
  }

  /** Names that complete where a program has its first `mark`. */
  completions(name: string, mark: string): string[] {
    const path = pathOf(name);
    const position = this.#texts.get(path)?.indexOf(mark) ?? -1;
    if (position < 0) throw new Error(`${name} has no ${mark}`);
    const found = this.#service.getCompletionsAtPosition(path, position, {});
    return (found?.entries ?? []).map((entry) => entry.name);
  }
}

function pathOf(name: string): string {
  return `${folder}${name}.ts`;
}
