/** @file The part of a program that evaluates the synapses: states, arriving spikes, currents into the post-synaptic side. */
import { type Expression, input, replaceNodes } from "../../expressions/expression.ts";
import type { Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import { type Emitter, perNanoampere } from "./emitter.ts";
import type { PresynapticLayout, SynapseLayout } from "./layout.ts";
import { emitArrivals } from "./spikes.ts";

/** Where a pair of connections, or one connection twice, finds what it reads. */
interface Connections {
  /** Offset of the compartment on one side of each. */
  side(side: "pre" | "post"): [Local, Local];
  column(address: number): Local;
  /** A function of the pre-synaptic voltage. */
  presynaptic(values: number): Local;
}

export class Synapses {
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** Currents at the start, kept as states. */
  start(): void {
    for (const synapse of this.#emitter.layout.synapses) this.#keepCurrents(synapse);
  }

  /** States, and currents in the balance of the post-synaptic side. @param sample - number of the step. */
  step(sample: Local): void {
    for (const synapse of this.#emitter.layout.synapses) {
      const { plan, together, presynaptic } = synapse;
      if (plan.isElectrical) {
        if (this.#emitter.layout.keepsSynapticCurrents) this.#keepCurrents(synapse);
        continue;
      }
      if (presynaptic !== undefined) this.#evaluatePresynaptic(synapse, presynaptic);
      const updates = plan.updates.map(({ value }) => value);
      if (plan.arrivals === undefined) {
        this.#overPairs(synapse, (edge, at) => {
          const [current, slope, ...states] = this.#evaluate(synapse, at, together);
          this.#storeStates(synapse, edge, states);
          this.#addToBalance(synapse, edge, at, current, slope);
        });
        continue;
      }
      this.#overPairs(synapse, (edge, at) =>
        this.#storeStates(synapse, edge, this.#evaluate(synapse, at, updates)),
      );
      emitArrivals(this.#emitter, synapse, sample, (edge) => this.#receive(synapse, edge));
      this.#overPairs(synapse, (edge, at) => {
        const [current, slope] = this.#evaluate(synapse, at, [plan.current, plan.slope]);
        this.#addToBalance(synapse, edge, at, current, slope);
      });
    }
  }

  #keepCurrents(synapse: SynapseLayout): void {
    const address = synapse.columns.get(synapse.plan.currentName);
    this.#overPairs(synapse, (edge, at) => {
      const [current] = this.#evaluate(synapse, at, [synapse.plan.current]);
      if (current !== undefined && address !== undefined)
        this.#emitter.store(edge, address, current);
    });
  }

  #storeStates({ plan, columns }: SynapseLayout, edge: Local, states: readonly Local[]): void {
    for (const [s, { key }] of plan.updates.entries()) {
      const [address, value] = [columns.get(key), states[s]];
      if (address !== undefined && value !== undefined) this.#emitter.store(edge, address, value);
    }
  }

  #addToBalance(
    { plan, columns }: SynapseLayout,
    edge: Local,
    at: Connections,
    current: Local | undefined,
    slope: Local | undefined,
  ): void {
    if (current === undefined || slope === undefined) return;
    const { f, to, layout } = this.#emitter;
    const kept = columns.get(plan.currentName);
    if (kept !== undefined) this.#emitter.store(edge, kept, current);
    const unit = to.constant(perNanoampere);
    const [diagonal, right] = [to.mul(slope, unit), to.mul(current, unit)];
    for (const [lane, post] of at.side("post").entries()) {
      const half = lane === 0 ? 0 : 1;
      f.get(post).get(post).memory("f64.load", layout.diagonal);
      f.get(diagonal).extractFloat(half).op("f64.add").memory("f64.store", layout.diagonal);
      f.get(post).get(post).memory("f64.load", layout.right);
      f.get(right).extractFloat(half).op("f64.sub").memory("f64.store", layout.right);
    }
  }

  /** One spike arrives at the connection at offset `edge`. */
  #receive(synapse: SynapseLayout, edge: Local): void {
    const { f } = this.#emitter;
    const { plan, columns } = synapse;
    const arrivals = plan.arrivals ?? [];
    const values = this.#evaluate(
      synapse,
      this.#one(synapse, edge),
      arrivals.map(({ value }) => value),
    );
    for (const [s, { key }] of arrivals.entries()) {
      const [address, value] = [columns.get(key), values[s]];
      if (address === undefined || value === undefined) continue;
      f.get(edge).get(value).extractFloat(0).memory("f64.store", address);
    }
  }

  #evaluatePresynaptic(
    synapse: SynapseLayout,
    { functions, count, places, values }: PresynapticLayout,
  ): void {
    const { f } = this.#emitter;
    this.#emitter.overRows(0, (count + 1) >> 1, (row) => {
      const side = [0, 1].map((lane) => this.#offset(row, places + 4 * lane)) as [Local, Local];
      const at = this.#pair(synapse, row, () => side);
      for (const [k, value] of this.#evaluate(synapse, at, functions).entries())
        this.#emitter.store(row, values[k] ?? 0, value);
      for (const local of side) f.release(local);
    });
  }

  #overPairs(synapse: SynapseLayout, body: (edge: Local, at: Connections) => void): void {
    const { pairs, pre, post } = synapse;
    this.#emitter.overRows(0, pairs, (edge) => {
      const side = (which: "pre" | "post") =>
        [0, 1].map((lane) => this.#offset(edge, (which === "pre" ? pre : post) + 4 * lane)) as [
          Local,
          Local,
        ];
      body(edge, this.#pair(synapse, edge, remember(side)));
    });
  }

  #pair(
    { presynaptic }: SynapseLayout,
    edge: Local,
    side: (which: "pre" | "post") => [Local, Local],
  ): Connections {
    const origin = remember(() =>
      [0, 1].map((lane) => this.#offset(edge, (presynaptic?.origin ?? 0) + 4 * lane)),
    );
    return {
      side,
      column: (address) => this.#emitter.load(edge, address),
      presynaptic: (values) => this.#gather(origin("pre") as [Local, Local], values),
    };
  }

  /** The connection at offset `edge` in both lanes. */
  #one({ pre, post }: SynapseLayout, edge: Local): Connections {
    const { f, to } = this.#emitter;
    return {
      side: (which) => {
        const local = this.#offset(edge, which === "pre" ? pre : post);
        return [local, local];
      },
      column: (address) => {
        f.get(edge).memory("v128.load64_splat", address);
        return to.result();
      },
      presynaptic: () => {
        throw new TypeError("spikes are received without presynaptic functions");
      },
    };
  }

  #gather([first, second]: [Local, Local], address: number): Local {
    const { f, to } = this.#emitter;
    f.get(first).memory("v128.load64_splat", address);
    f.get(second).memory("f64.load", address).replaceFloat(1);
    return to.result();
  }

  /** A whole number of a connection; such a list is half as long as a column. */
  #offset(edge: Local, address: number): Local {
    const { f } = this.#emitter;
    const local = f.local("i32");
    f.get(edge).i32(1).op("i32.shr_u").memory("i32.load", address).set(local);
    return local;
  }

  #evaluate(synapse: SynapseLayout, at: Connections, roots: readonly Expression[]): Local[] {
    const { f, to, layout, voltage } = this.#emitter;
    const { columns, plan, presynaptic, hoisted } = synapse;
    const isSource = roots === presynaptic?.functions;
    const functions = isSource ? [] : (presynaptic?.functions ?? []);
    const names = new Map([
      ...Array.from(hoisted.keys(), (node, k) => [node, input(`uniform ${k}`)] as const),
      ...functions.map((node, k) => [node, input(`function ${k}`)] as const),
    ]);
    const values = new Map(presynaptic?.values.map((address, k) => [`function ${k}`, address]));
    const constants = new Map(Array.from(hoisted.values(), (at, k) => [`uniform ${k}`, at]));
    const uniform = (address: number) => {
      f.i32(0).memory("v128.load", address);
      return to.result();
    };
    return emitExpressions(to, replaceNodes(roots, names), (name) => {
      const known = values.get(name);
      if (known !== undefined) return at.presynaptic(known);
      if (name === "v_pre") return this.#gather(at.side("pre"), voltage);
      if (name === "v_post") return this.#gather(at.side("post"), voltage);
      const reading = plan.readings.get(name);
      const key = reading?.key ?? name;
      const same = constants.get(key) ?? layout.uniform.get(key);
      if (same !== undefined) return uniform(same);
      const address = (reading === undefined ? columns : layout.columns).get(key);
      if (address === undefined) throw new TypeError(`the plan has no column ${key}`);
      return reading === undefined
        ? at.column(address)
        : this.#gather(at.side(reading.side), address);
    });
  }
}

/** Calls `make` once for each argument. */
function remember<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? make(key);
    known.set(key, value);
    return value;
  };
}
