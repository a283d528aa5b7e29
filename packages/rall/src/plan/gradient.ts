/**
 * @file The numbers of a plan that a run can be differentiated with respect to. The same record holds derivatives of a
 * loss (reverse mode) and directions in which the numbers move (forward mode).
 */

/** What an ion's concentrations are moved through, as far as it diffuses. */
export interface IonGradient {
  readonly key: string;
  /** By compartment: the volumes in um3, as capacities and as weights of pumps. Empty if it does not diffuse. */
  readonly volume: Float64Array;
  /** By node of the ion's tree (`diffusion.tree`): links to the parents, in um3/ms. */
  readonly conductance: Float64Array;
}

/** The connections of one kind. */
export interface SynapseGradient {
  /** Parameters (those asked for) and start values of states by key, one per connection. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** Delays in ms (by surrogate); undefined for kinds that no spike arrives at. */
  readonly delays: Float64Array | undefined;
}

export interface PlanGradient {
  /**
   * By key, one value per compartment: parameters and geometry that equations read (those asked for), start voltages (`v`) and
   * start values of all states. 0 where the key does not exist.
   */
  readonly columns: ReadonlyMap<string, Float64Array>;
  /** By compartment: membrane area in um2 as the weight of currents; what capacities get from it stands in `capacity`. */
  readonly area: Float64Array;
  /** By compartment: capacity in 100 uS ms. */
  readonly capacity: Float64Array;
  /** By node of `axial`: link to the parent, in 100 uS. */
  readonly conductance: Float64Array;
  readonly ions: readonly IonGradient[];
  /** By exchange: conductance in 100 uS. */
  readonly exchanges: Float64Array;
  readonly synapses: readonly SynapseGradient[];
  /** By stimulus: nA, one value per step. */
  readonly stimuli: readonly Float64Array[];
  /** By clamp: one value per step. */
  readonly clamps: readonly Float64Array[];
}

/** Which derivatives are asked for; those of start states, stimuli and clamps always come. */
export interface Wanted {
  /** Keys of parameters and geometry that equations read (`HH_gNa`, `celsius`, `IonotropicSynapse_gS`). */
  readonly keys: ReadonlySet<string>;
  /** Whether those of areas, volumes, capacities and conductances are. */
  readonly geometry: boolean;
  /** Whether those of delays are. */
  readonly delays: boolean;
}
