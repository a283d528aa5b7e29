/** @file Help texts. */

export const overview = `rall: biophysically detailed neurons, read and simulated from the terminal

  rall demo                      simulate a pyramidal cell that comes with Rall
  rall inspect cell.swc          what is in a morphology file, and what is odd about it
  rall inspect model.json        what is in a model file
  rall run cell.swc ...          simulate it and write the traces
  rall run model.json            the same with a model file, of a cell or a network
  rall fit model.json ...        fit its parameters to a recorded sweep
  rall plot cell.swc ...         draw a cell, a network, a profile, or the gates of a channel
  rall convert cell.swc m.json   make a model file: morphology, channels, experiment
  rall channels [NAME]           the built-in channels, pumps and synapses, with equations and units

  rall COMMAND --help            more about a command
  rall --version

A first run:
  rall run cell.swc --stimulate soma:0.5,delay=1,duration=2,amplitude=1 --tmax 20 --out traces.csv
`;

const morphology = (count: number) => `Morphology (SWC files)
  --ncomp N                 compartments per branch (default ${count})
  --max-length UM           or: compartments at most this long
  --d-lambda FRACTION       or: at most this fraction of the length constant at 100 Hz (0.1 is usual)
  --convention NAME         rules for somata and roots: neuron, as NEURON reads the file (recommended), or
                            jaxley (default), whose numbers are those of Jaxley
  --unit um|nm|UM           unit of the file, or how many um it is (default um; voxels of 8 nm: 0.008)
  --trees NAME              trees beside the first: error (default), attach (to the soma, as NEURON), first (leave
                            the others out), cells (a network of them)
  --types TYPE=NAME,...     what types of the file stand for: 5=basal,6=basal
  --min-radius UM           least radius; also replaces traced radii of 0 and those below 1e-6
  --max-branch-length UM    cut longer branches (convention jaxley)
`;

export const runHelp = `rall run FILE [options]: simulate an SWC file or a model file (.json)

${morphology(4)}
Model
  --insert NAME[@PLACE][,PARAMETER=VALUE,...]   put a channel or pump in; repeatable (default HH everywhere)
  --insert SYNAPSE@PLACE,train=MS:MS:...[,PARAMETER=VALUE,...]   a synapse that receives spikes at these times
  --insert SYNAPSE@PLACE,from=PLACE[,...]                        one that listens to another place; see "rall channels"
  --set KEY=VALUE[@PLACE]   set a parameter or start value; repeatable, in order
                            (default: axial_resistivity=100, v=-65)
  --no-init                 leave gates at their defaults instead of their steady state

Experiment
  --stimulate PLACE,delay=MS,duration=MS,amplitude=NA   a step of current into each compartment of the place;
                            repeatable; added to those of a model file
  --clamp PLACE,v=MV:MV:...,times=MS:MS:...   hold the voltage at each level from its time on, the last until the
                            end ("v=-20" alone: all the time); another state by its name; repeatable
  --record STATE[@PLACE]    what to write; repeatable (default v@soma:0.5); "spikes" records when
                            the voltage crosses 10 mV, i_clamp and i_membrane the currents (nA) of a clamp and
                            of all of the membrane
  --tmax MS                 duration (default: until 10 ms after the last stimulus or level of a clamp, and of a
                            model file at least its own)
  --exact                   end at that time, a multiple of dt (default: a step later, as Jaxley does)
  --dt MS                   time step (default 0.025)
  --solver NAME             bwd_euler (default), crank_nicolson, staggered, fwd_euler, exp_euler
  --record-interval MS      keep a sample only this often (default every step)
  --resample                fit stimuli of a model file that were made for another time step
  --backend wasm|reference  engine (default wasm)

Output
  --out FILE                .csv, .npz or .json, by its ending (default traces.csv)
  --plot FILE.svg|.png      also draw the traces
  --spikes FILE.csv         write the times of recorded spikes
  --raster FILE.svg|.png    draw them, in a network by cell and population (a group of whole cells), with rates
  --width PIXELS            of pictures (default 960; a PNG has two for each)
  --json                    a summary as JSON on standard output instead of the plot

Ctrl-C, SIGTERM and SIGHUP end a run early; what was computed until then is written, and the exit code is 128 and the
number of the signal. Files are replaced at once when they are complete; links and pipes are written through.

A PLACE is "all", a group (soma, axon, basal, apical), or the number of a branch; with ":X" after it the one
compartment at relative place X (0 to 1) of that branch, or of the first branch of that group. In a network the
number of the cell comes first: "3/soma:0.5".

Examples
  rall run cell.swc --insert HH@soma --insert Leak --set Leak_gLeak=5e-5 \\
    --stimulate soma:0.5,delay=1,duration=50,amplitude=0.5 --record v@soma:0.5 --record v@12:0.9 --out traces.npz
  rall run cell.swc --clamp soma:0.5,v=-65:-20:-65,times=0:5:25 --tmax 40 --record i_HH@soma:0.5
  rall run cell.swc --insert HH --insert Exp2Syn@12:0.9,train=5:10:15,weight=0.01 --tmax 50
`;

export const fitHelp = `rall fit FILE --data SWEEP.csv --train KEY,KEY [options]: fit parameters of a model to a recording

FILE is a model file (.json, as "rall convert" writes it), or an SWC file with the options of "rall run".

Data
  --data FILE.csv           "time (ms),v (mV)", then one line per sample; units in the header, in a second row, or ms and
                            mV; one column per recording, in order, or named by place: v@soma:0.5
  --window FROM:TO          ms in which the data count; repeatable (default all)
  --loss NAME               mse (default), phase-plane, soft-dtw

Parameters
  --train KEY[@PLACE],...   what is fitted: HH_gNa,HH_gK@soma,radius
  --share NAME              who shares a value: all (default), cell, branch, compartment
  --start KEY=VALUE         what it begins with (default: the model's value); repeatable
  --bounds KEY=LOW:HIGH     what it stays between; repeatable (default: a tenth to ten times the start,
                            of voltages 20 mV to both sides)

Search
  --optimizer NAME          lbfgs (default), adam, adamw, rmsprop, sgd, polyak, cma-es
  --learning-rate NUMBER    of all but lbfgs and cma-es (default 0.1; rmsprop 0.05, polyak 0.5, sgd none)
  --iterations N            evaluations (default 100)
  --patience N              stop after so many without a lower loss
  --multi-start N           fit from N starts, all but the first at random within the bounds
  --seed N                  what decides them, and what cma-es draws (default 0)

Output
  --out MODEL.json          the fitted model (default fitted.json)
  --report FILE.svg|.png|.html
                            data, traces before and after, losses, parameters, sensitivity along the cell
  --checkpoint FILE         save each iteration there; the same command goes on from it
  --quiet                   no progress
  --json                    a summary as JSON on standard output

Ctrl-C, SIGTERM and SIGHUP end a fit early; the best until then is written. Beside a checkpoint, FILE.previous is the
one before it, used if FILE is damaged, and FILE.lock keeps out a second fit.

${morphology(4)}
Model and experiment, as in "rall run --help": --insert, --set, --no-init, --stimulate, --clamp, --record, --tmax,
--dt, --solver, --resample

Example
  rall fit cell.swc --stimulate soma:0.5,delay=5,duration=20,amplitude=0.5 --data sweep.csv \\
    --train HH_gNa,HH_gK --bounds HH_gNa=0.01:1 --out fitted.json --report fit.html
  rall run fitted.json --plot fitted.svg
`;

export const inspectHelp = `rall inspect FILE [options]: what is in a morphology file (.swc) or a model file (.json)

${morphology(1)}
Output
  --json                    the same as JSON
`;

export const plotHelp = `rall plot FILE [options]: draw an SWC file or a model file (.json) as SVG or PNG

  --out FILE.svg|.png       by its ending (default plot.svg)
  --width PIXELS            of the picture (default 720; a PNG has two for each)
  --type morph|comp|line    frusta (default), compartments as cylinders, or thin lines
  --colour groups|KEY       colours by group (default), or by a parameter or state
  --limits LOW:HIGH         values at the ends of the colours (default: the least and the largest)
  --colours KIND            linear (default), logarithmic, diverging
  --marks                   mark where stimuli and recordings are
  --plane xy|xz|yz          axes of the picture (default xy)
  --detail full|point       of a network: cells with their branches (default) or as points
  --profile KEY             instead: a parameter or state over path length from the soma
  --connectivity cells|populations
                            instead: who is connected to whom in a network, as a matrix
  --insert, --set, ...      as in "rall run"
rall plot --gates CHANNEL --out FILE.svg|.png: steady states and time constants of a channel's gates

Examples
  rall plot cell.swc --out cell.svg
  rall plot cell.swc --insert HH --set HH_gNa=0.2@soma --colour HH_gNa --out sodium.svg
  rall plot cell.swc --colour radius --colours logarithmic --out radius.png
  rall plot network.json --connectivity cells --out matrix.png
  rall plot --gates HH --out hh.svg
`;

export const convertHelp = `rall convert FILE MODEL.json [options]: write a model file, which rall run takes as it is

${morphology(4)}
Model and experiment, as in "rall run --help": --insert, --set, --no-init, --stimulate, --clamp, --record,
--tmax, --dt

Example
  rall convert cell.swc model.json --stimulate soma:0.5,delay=1,duration=50,amplitude=0.5
  rall run model.json --out traces.csv --plot traces.svg
`;

export const demoHelp = `rall demo [options]: a CA1 pyramidal cell with Hodgkin-Huxley channels, which fires

It is "rall run" with a cell that comes with Rall, and takes the same options: --plot demo.svg, --solver, --record ...
`;

export const channelsHelp = `rall channels [NAME ...]: the built-in channels, pumps and synapses, with equations and units

  --json                    the same as JSON
`;
