import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with the one plain line `N passed, N failed, N skipped`, after a list of why tests were skipped. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const result = test.result();
        if (result.state === "passed") count.passed++;
        else if (result.state === "failed") count.failed++;
        else {
          count.skipped++;
          const reason = (result.state === "skipped" && result.note) || "no reason given";
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
      if (tests === 0 && module.errors().length > 0) count.failed++;
    }
    if (errors.length > 0) count.failed += errors.length;
    for (const [reason, n] of reasons) console.log(`skipped ${n}: ${reason}`);
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
