//! Arrivals that are no Poisson process, and people who come: theory, worked out here.

use std::time::Duration;

use foreshadow_sim::Tally;
use foreshadow_sim::plan::{
    Arrivals, Call, Curve, Endpoint, Leaving, Load, OnFailure, Phase, Plan, Step,
};
use foreshadow_sim::random::Law;

use super::closed_forms::{blocked, sojourn, sojourn_quantile};
use super::machine::{UNIT, check, exponential, open, single, station};
use super::rule::{Measure, Truth};

/// Sets the arrivals of a plan's load.
fn with(mut plan: Plan, processes: Arrivals) -> Plan {
    let Load::Open { arrivals, .. } = &mut plan.loads[0] else { panic!("an open load") };
    *arrivals = processes;
    plan
}

/// T at an exponential server, μ = 1, of a renewal process whose times between arrivals have this
/// Laplace transform: exponential of rate 1 − σ, σ being the root of σ = A*(1 − σ).
///
/// Source: L. Kleinrock, *Queueing Systems*, vol. 1 (Wiley, 1975), §6.4.
fn gi_m_1(transform: impl Fn(f64) -> f64) -> [Truth; 2] {
    let mut sigma = 0.5;
    for _ in 0..10_000 {
        sigma = transform(1.0 - sigma);
    }
    let mean = 1.0 / (1.0 - sigma);
    [sojourn(mean), sojourn_quantile("p99", 0.99, 100_f64.ln() * mean)]
}

/// T of an interrupted Poisson process of this rate while it is on, at an exponential server,
/// μ = 1: it is a renewal process, with hyperexponential times between arrivals.
///
/// Source: A. Kuczura, "The interrupted Poisson process as an overflow process", Bell System
/// Technical Journal 52(3), 1973.
pub(super) fn ipp_m_1(rate: f64, on: f64, off: f64) -> [Truth; 2] {
    let (stops, starts) = (1.0 / on, 1.0 / off);
    gi_m_1(|s| rate * (s + starts) / (s * s + (rate + stops + starts) * s + rate * starts))
}

#[test]
fn the_root_of_gi_m_1_is_known_elsewhere() {
    let known = [
        (gi_m_1(|s| (-1.25 * s).exp()), super::closed_forms::D_M_1[0].expected),
        (gi_m_1(|s| 0.8 / (0.8 + s)), super::closed_forms::M_M_1[0].expected),
        (ipp_m_1(0.8, 1e9, 1e-9), super::closed_forms::M_M_1[0].expected),
    ];
    for ([mean, _], expected) in known {
        assert!((mean.expected - expected).abs() < 1e-6, "{} {expected}", mean.expected);
    }
}

#[test]
fn renewals_wait_as_the_root_of_gi_m_1_says() {
    let erlang = Law::erlang(1.25 * UNIT, 4).unwrap();
    let plan = with(single(1, None, 0.8, exponential(1.0), 40_000), Arrivals::Renewal(erlang));
    check(plan, 40, &gi_m_1(|s| (3.2 / (3.2 + s)).powi(4))[..1]);
}

type Matrix<const N: usize> = [[f64; N]; N];

fn product<const N: usize>(a: &Matrix<N>, b: &Matrix<N>) -> Matrix<N> {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..N).map(|k| a[i][k] * b[k][j]).sum::<f64>()))
}

/// x such that x · a = b, by Gauss' and Jordan's elimination on columns; `a` has a dominant diagonal.
fn divided<const N: usize>(mut b: Matrix<N>, mut a: Matrix<N>) -> Matrix<N> {
    for pivot in 0..N {
        for column in (0..N).filter(|&column| column != pivot) {
            let factor = a[pivot][column] / a[pivot][pivot];
            for row in 0..N {
                a[row][column] -= factor * a[row][pivot];
                b[row][column] -= factor * b[row][pivot];
            }
        }
    }
    std::array::from_fn(|i| std::array::from_fn(|j| b[i][j] / a[j][j]))
}

/// T at an exponential server, μ = 1, of arrivals in phases (rate, mean) that follow each other in
/// this order: the matrix-geometric solution, L = π R (1 − R)⁻¹ e, and T = L / λ.
///
/// Source: M. F. Neuts, *Matrix-Geometric Solutions in Stochastic Models* (Johns Hopkins, 1981),
/// ch. 3 and 6.
fn mmpp_m_1<const N: usize>(phases: [(f64, f64); N]) -> f64 {
    // 1 − Q + Λ, of which R is the fixed point: R = (Λ + R²) (1 − Q + Λ)⁻¹.
    let mut rest: Matrix<N> = [[0.0; N]; N];
    for (i, (rate, mean)) in phases.into_iter().enumerate() {
        rest[i][i] += 1.0 + rate + 1.0 / mean;
        rest[i][(i + 1) % N] -= 1.0 / mean;
    }
    let mut r: Matrix<N> = [[0.0; N]; N];
    for _ in 0..20_000 {
        let mut next = product(&r, &r);
        for (i, (rate, _)) in phases.into_iter().enumerate() {
            next[i][i] += rate;
        }
        r = divided(next, rest);
    }
    let mut complement = r.map(|row| row.map(|entry| -entry));
    for (i, row) in complement.iter_mut().enumerate() {
        row[i] += 1.0;
    }
    let sums = divided(r, complement).map(|row| row.iter().sum::<f64>());
    let turn: f64 = phases.iter().map(|(_, mean)| mean).sum();
    let waiting = |(sum, (_, mean)): (&f64, &(f64, f64))| sum * mean / turn;
    let in_system: f64 = sums.iter().zip(&phases).map(waiting).sum();
    let rate: f64 = phases.iter().map(|(rate, mean)| rate * mean / turn).sum();
    in_system / rate
}

#[test]
fn the_matrix_geometric_solution_is_known_elsewhere() {
    let known = [
        (mmpp_m_1([(0.8, 3.0), (0.8, 5.0), (0.8, 1.0)]), 5.0),
        (mmpp_m_1([(0.9, 2.0), (0.0, 1.0)]), ipp_m_1(0.9, 2.0, 1.0)[0].expected),
    ];
    for (found, expected) in known {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

/// The order of the phases matters: a rush right after the lull finds an empty station.
#[test]
fn phases_wait_as_the_matrix_geometric_solution_says() {
    let phases = [(2.0, 4.0), (0.8, 16.0), (0.0, 12.0)];
    let backwards = [phases[2], phases[1], phases[0]];
    let expected = [phases, backwards].map(mmpp_m_1);
    assert!((expected[0] / expected[1] - 1.0).abs() > 0.08, "{expected:?}");
    for (phases, expected) in [phases, backwards].into_iter().zip(expected) {
        let phase = |(rate_per_s, mean)| Phase { rate_per_s, mean: Duration::from_secs_f64(mean) };
        let arrivals = Arrivals::Mmpp(phases.map(phase).into());
        let plan = with(single(1, None, 0.8, exponential(1.0), 140_000), arrivals);
        check(plan, 40, &[sojourn(expected)]);
    }
}

/// The service of `law` as endpoint `index` of component 0, and a user's call of it.
fn served(plan: &mut Plan, law: Law) -> Step {
    plan.endpoints.push(Endpoint::new(0, vec![Step::Work(law)]));
    let call = Call::new(plan.endpoints.len() - 1, None);
    Step::Call(Call { on_failure: OnFailure::Continue, ..call })
}

/// Makes people of a plan's users, who go through this session.
fn people(plan: &mut Plan, session: Vec<Step>) {
    let Load::Open { arrivals, .. } = plan.loads.remove(0) else { panic!("an open load") };
    plan.loads.push(Load::Sessions { arrivals, session, walk: None, leaving: Leaving::default() });
}

/// Poisson: P(N > 5) where 5 are there in the mean.
fn more_than_five() -> f64 {
    let mut term = (-5.0_f64).exp();
    let mut sum = term;
    for n in 1..=5 {
        term *= 5.0 / f64::from(n);
        sum += term;
    }
    1.0 - sum
}

/// How many people are there in a window of a microsecond.
fn there(tally: &Tally) -> f64 {
    tally.components[0].in_system as f64 / 1_000.0
}

/// M/G/∞: at an instant there are λ E\[session\] people, Poisson, whatever the laws.
#[test]
fn people_in_their_sessions_are_poisson() {
    let mut plan = open(station(None, None), Vec::new(), 1.0, 1);
    plan.endpoints.clear();
    let first = served(&mut plan, Law::lognormal(2.0 * UNIT, 1.0).unwrap());
    let second = served(&mut plan, Law::constant(2_000_000_000));
    let third = served(&mut plan, Law::uniform(0.0, 2.0 * UNIT).unwrap());
    people(&mut plan, vec![first, second, third]);
    plan.run.warm_up = Duration::from_mins(1);
    (plan.run.horizon, plan.run.timeline) = (Duration::from_micros(1), Duration::from_micros(1));
    plan.run.drain = Duration::ZERO;
    let truths = [
        Truth::new("N", Measure::Share(there), 5.0),
        Truth::new(
            "P(N > 5)",
            Measure::Share(|tally| f64::from(there(tally) > 5.5)),
            more_than_five(),
        ),
    ];
    check(plan, 45_000, &truths);
}

/// Those who pause come Poisson again (the displacement theorem), and are blocked as by Erlang B.
#[test]
fn people_who_pause_come_poisson() {
    let mut plan = open(station(Some(10), Some(0)), Vec::new(), 8.0, 3_000);
    plan.endpoints.clear();
    let call = served(&mut plan, Law::gamma(UNIT, 0.5).unwrap());
    let pause = Step::Think(Law::hyperexponential(2.0 * UNIT, 3.0).unwrap());
    people(&mut plan, vec![pause, call]);
    check(plan, 40, &[blocked(0.121_661_1)]);
}

/// A rate that rises all the time: as many come as its integral says, and with service that takes
/// no time none of them waits.
#[test]
fn a_rising_rate_brings_its_integral() {
    let curve = Curve(vec![(Duration::ZERO, 2.0), (Duration::from_secs(1_000), 10.0)]);
    let plan = with(open(station(None, None), Vec::new(), 1.0, 1_000), Arrivals::Poisson(curve));
    let offered = |tally: &Tally| tally.users[0].offered as f64;
    check(plan, 20, &[Truth::new("λ", Measure::Rate(offered), 6.0)]);
}
