use foreshadow_sim::random::Key;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::strata::{each_set, poisson_binomial};
use super::*;

/// Repeated campaigns of a coverage test.
const CAMPAIGNS: u32 = 200;
/// Fewer intervals than this hold the truth once in a thousand times, if each does at 95 %: the
/// binomial's 0.1 % quantile of 200.
const LEAST_COVERED: u32 = 180;

/// Unavailability of something with these times up and down.
fn repaired(mtbf: f64, mttr: f64) -> f64 {
    mttr / (mtbf + mttr)
}

/// The intervals of repeated campaigns hold `truth` at the promised rate, and estimates lie around
/// it.
#[track_caller]
fn check_coverage(
    u: &[f64],
    trials: u64,
    suspects: &[Vec<usize>],
    truth: f64,
    mut trial: impl FnMut(u32, u64, &[usize]) -> f64,
    is_exact: bool,
) {
    let (mut covered, mut sum, mut squares, mut sampled) = (0, 0.0, 0.0, 0);
    for campaign in 0..CAMPAIGNS {
        let key = Key::root(42, campaign);
        let settings =
            Settings { is_exact, suspects: suspects.to_vec(), ..Settings::new(trials, key) };
        let mut count = 0;
        let answer = expectation(u, &settings, &mut |set| {
            count += 1;
            trial(campaign, count, set)
        });
        assert_eq!(answer.trials, count);
        assert!(count <= trials, "{count} of {trials} trials");
        covered += u32::from(answer.estimate.contains(truth));
        sampled += u32::from(answer.variance_reduction().is_some());
        sum += answer.estimate.value;
        squares += (answer.estimate.value - truth).powi(2);
    }
    let repeats = f64::from(CAMPAIGNS);
    let (mean, error) = (sum / repeats, (squares / repeats / repeats).sqrt());
    println!(
        "{covered} of {CAMPAIGNS}, {mean:.4e} ± {error:.1e} of {truth:.4e}, {sampled} sampled"
    );
    assert!(covered >= LEAST_COVERED, "{covered} of {CAMPAIGNS} hold {truth:e}");
    assert!(
        (mean - truth).abs() <= 3.9 * error + 1e-4 * truth,
        "{mean:e} ± {error:e} of {truth:e}"
    );
    assert!(sampled > CAMPAIGNS / 2, "what is only enumerated tests no interval: {sampled}");
}

/// P(K ≥ k) of n things with equal unavailability.
fn at_least(n: usize, k: usize, u: f64) -> f64 {
    poisson_binomial(&vec![u; n])[k..].iter().rev().sum()
}

#[test]
fn k_of_n_with_repair_is_covered() {
    // 30 machines, each up 90 h and repaired in 10 h, of which 22 are needed: down with 9 or more.
    let u = repaired(90.0, 10.0);
    let down = |_, _, set: &[usize]| f64::from(u8::from(set.len() >= 9));
    check_coverage(&[u; 30], 1000, &[], at_least(30, 9, u), graded(down), true);
}

/// As it is; closures of three arguments need their types said once.
fn graded<F: FnMut(u32, u64, &[usize]) -> f64>(trial: F) -> F {
    trial
}

#[test]
fn k_of_n_with_noise_is_covered() {
    // The same, seen through simulated trials that are drawn anew: harmed with probability 0.8 when
    // it is down, 0.05 when it is not.
    let u = repaired(90.0, 10.0);
    let down = at_least(30, 6, u);
    let trial = |campaign, count, set: &[usize]| {
        let chance = if set.len() >= 6 { 0.8 } else { 0.05 };
        f64::from(u8::from(Key::root(77, campaign).with(count).unit() < chance))
    };
    check_coverage(&[u; 30], 1000, &[], 0.8 * down + 0.05 * (1.0 - down), trial, false);
}

/// `stages` in series, each of `width` in parallel: the structure function of what is down.
fn series_parallel(stages: usize, width: usize) -> impl FnMut(u32, u64, &[usize]) -> f64 {
    move |_, _, set: &[usize]| {
        let mut failed = vec![0; stages];
        for thing in set {
            failed[thing / width] += 1;
        }
        f64::from(u8::from(failed.contains(&width)))
    }
}

#[test]
fn series_parallel_systems_are_covered() {
    for (stages, width, mttr, trials) in [(12, 3, 8.0, 2000), (20, 2, 1.0, 600), (8, 4, 30.0, 2000)]
    {
        let u = repaired(100.0, mttr);
        let truth = 1.0 - libm::pow(1.0 - libm::pow(u, width as f64), stages as f64);
        let system = series_parallel(stages, width);
        check_coverage(&vec![u; stages * width], trials, &[], truth, system, true);
    }
}

#[test]
fn a_common_cause_is_covered() {
    // Ten pairs in series, and two zones whose loss takes one of each pair: things 20 and 21.
    let (part, zone) = (repaired(1000.0, 20.0), repaired(5000.0, 10.0));
    let mut u = vec![part; 20];
    u.extend([zone; 2]);
    let pair = |lost: [bool; 2]| {
        let each = lost.map(|lost| if lost { 1.0 } else { part });
        1.0 - (1.0 - each[0] * each[1]).powi(10)
    };
    let zones = [
        ([false; 2], (1.0 - zone).powi(2)),
        ([true, false], 2.0 * zone * (1.0 - zone)),
        ([true; 2], zone * zone),
    ];
    let truth: f64 = zones.iter().map(|(lost, chance)| chance * pair(*lost)).sum();
    let trial = |_, _, set: &[usize]| {
        let lost = |thing: usize| set.contains(&thing) || set.contains(&(20 + thing % 2));
        f64::from(u8::from((0..10).any(|pair| lost(2 * pair) && lost(2 * pair + 1))))
    };
    check_coverage(&u, 400, &[vec![20, 21], vec![0, 1]], truth, trial, true);
}

#[test]
fn shares_of_harm_are_covered() {
    // Each of 25 things harms a share of requests of its own, apart from the others'.
    let share = |thing: usize| 0.02 * (thing + 1) as f64;
    let u: Vec<f64> = (0..25).map(|thing| 0.01 + 0.002 * f64::from(thing)).collect();
    let kept = |(thing, u): (usize, &f64)| 1.0 - u * share(thing);
    let truth = 1.0 - u.iter().enumerate().map(kept).product::<f64>();
    let trial =
        |_, _, set: &[usize]| 1.0 - set.iter().map(|&thing| 1.0 - share(thing)).product::<f64>();
    check_coverage(&u, 500, &[], truth, trial, true);
}

/// A probability near 10⁻⁶ is met within 10 % by 10⁵ trials at most; returns the variance reduction.
#[track_caller]
fn check_rare(
    u: &[f64],
    suspects: &[Vec<usize>],
    truth: f64,
    mut trial: impl FnMut(u32, u64, &[usize]) -> f64,
) -> f64 {
    let mut evaluations = 0;
    let settings =
        Settings { suspects: suspects.to_vec(), ..Settings::new(100_000, Key::root(1, 0)) };
    let answer = expectation(u, &settings, &mut |set| {
        evaluations += 1;
        trial(0, evaluations, set)
    });
    let estimate = answer.estimate;
    let reduction = answer.variance_reduction().expect("the last strata are sampled");
    println!(
        "{truth:.4e}: {estimate:?} ± {:.2} %, {evaluations} trials, {reduction:.1e} times less",
        100.0 * estimate.half_width() / truth
    );
    assert!((5e-7..2e-6).contains(&truth), "{truth:e}");
    assert!(evaluations <= 100_000, "{evaluations} evaluations");
    assert!(estimate.contains(truth), "{estimate:?} misses {truth:e}");
    assert!(estimate.half_width() <= 0.1 * estimate.value, "{estimate:?} is too wide");
    reduction
}

#[test]
fn a_probability_of_one_in_a_million_takes_few_trials() {
    // Twenty triples: harm begins in a stratum that can be enumerated.
    let u = (1e-6_f64 / 20.0).cbrt();
    let truth = 1.0 - (1.0 - u.powi(3)).powi(20);
    let reduction = check_rare(&[u; 60], &[], truth, series_parallel(20, 3));
    assert!(reduction > 1e3, "{reduction}");
    // Four of 40, whose first harmful stratum has nearly as many sets as there are trials.
    let truth = at_least(40, 4, 0.00186);
    let k_of_n = graded(|_, _, set: &[usize]| f64::from(u8::from(set.len() >= 4)));
    check_rare(&[0.00186; 40], &[], truth, k_of_n);
    // Things of all kinds: pairs, triples and one large group, unequal.
    let mut u = vec![1e-4, 2e-4, 8e-4, 1e-3, 0.003, 0.005, 0.002, 0.004, 0.006];
    u.extend([0.02; 21]);
    let groups: [&[usize]; 4] = [&[0, 1, 2], &[2, 3], &[4, 5, 8], &[6, 7, 10, 11]];
    let mixed = graded(|_, _, set: &[usize]| {
        let all = |group: &&[usize]| group.iter().all(|thing| set.contains(thing));
        f64::from(u8::from(groups.iter().any(all)))
    });
    let mut truth = 0.0;
    for chosen in 1_u32..16 {
        // Inclusion and exclusion over the groups.
        let mut union: Vec<usize> = (0..4)
            .filter(|group| chosen >> group & 1 == 1)
            .flat_map(|group| groups[group].to_vec())
            .collect();
        union.sort_unstable();
        union.dedup();
        let all: f64 = union.iter().map(|&thing| u[thing]).product();
        truth += if chosen.count_ones() % 2 == 1 { all } else { -all };
    }
    check_rare(&u, &[], truth, mixed);
}

#[test]
fn the_reported_variance_is_the_measured_one() {
    let u = repaired(100.0, 8.0);
    let (mut values, mut reported, mut naive) = (Vec::new(), 0.0, 0.0);
    let mut trials = 0;
    for campaign in 0..300 {
        let settings = Settings::new(2000, Key::root(5, campaign));
        let mut system = series_parallel(12, 3);
        let answer = expectation(&[u; 36], &settings, &mut |set| system(0, 0, set));
        values.push(answer.estimate.value);
        reported += answer.variance / 300.0;
        naive += answer.naive_variance / 300.0;
        trials += answer.trials / 300;
    }
    let mean = values.iter().sum::<f64>() / 300.0;
    let measured = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 299.0;
    let truth = 1.0 - (1.0 - u.powi(3)).powi(12);
    let bernoulli = truth * (1.0 - truth);
    println!("variance {measured:e}, reported {reported:e}; naive {naive:e} of {bernoulli:e}");
    println!("reduction measured {}", bernoulli / trials as f64 / measured);
    // The variance of 300 values is known within a quarter at 99.9 %.
    assert!((reported / measured - 1.0).abs() < 0.3, "{reported:e} of {measured:e}");
    assert!((naive / bernoulli - 1.0).abs() < 0.05, "{naive:e} of {bernoulli:e}");
    assert!(measured < bernoulli / trials as f64 / 2.0, "no less than naive sampling");
}

#[test]
fn a_precision_is_met_with_fewer_trials() {
    let u = repaired(100.0, 8.0);
    let mut system = series_parallel(12, 3);
    let settings = Settings { precision: Some(0.2), ..Settings::new(50_000, Key::root(9, 0)) };
    let answer = expectation(&[u; 36], &settings, &mut |set| system(0, 0, set));
    println!("{answer:?}");
    assert!(answer.trials < 25_000, "{} trials", answer.trials);
    assert!(answer.estimate.half_width() <= 0.2 * answer.estimate.value, "{:?}", answer.estimate);
}

#[test]
fn what_is_small_is_enumerated_and_exact() {
    let u = [0.5, 0.2, 1.0, 0.0];
    let settings = Settings::new(1000, Key::root(1, 1));
    let answer = expectation(&u, &settings, &mut |set| set.len() as f64 / 4.0);
    assert!((answer.estimate.value - 1.7 / 4.0).abs() < 1e-12, "{answer:?}");
    assert!(answer.estimate.half_width() < 1e-12 && answer.variance_reduction().is_none());
}

#[test]
fn one_key_has_one_answer() {
    let run = || {
        let settings = Settings::new(500, Key::root(3, 3));
        expectation(&[0.1; 20], &settings, &mut |set| f64::from(u8::from(set.len() > 4)))
    };
    assert_eq!(run(), run());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: RngSeed::Fixed(20_261_121),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// The mean over many campaigns is the truth, whatever is harmful, suspected and learned.
    #[test]
    fn estimates_are_unbiased(
        u in prop::collection::vec(0.02..0.6_f64, 9..12),
        cuts in prop::collection::vec((prop::collection::vec(0..9_usize, 1..5), 0.1..1.0_f64), 1..5),
        suspects in prop::collection::vec(prop::collection::vec(0..9_usize, 1..4), 0..3),
        is_exact in any::<bool>(),
    ) {
        // The worst of the cuts that are down, and a little for each thing.
        let harm = |set: &[usize]| {
            let down = cuts.iter().filter(|(cut, _)| cut.iter().all(|thing| set.contains(thing)));
            down.map(|(_, harm)| *harm).fold(0.002 * set.len() as f64, f64::max)
        };
        let mut truth = 0.0;
        for k in 0..=u.len() {
            each_set(u.len(), k, |set| {
                let chance = |(thing, u): (usize, &f64)| if set.contains(&thing) { *u } else { 1.0 - u };
                truth += harm(set) * u.iter().enumerate().map(chance).product::<f64>();
            });
        }
        let repeats = 400;
        let (mut sum, mut squares) = (0.0, 0.0);
        for campaign in 0..repeats {
            let settings = Settings {
                is_exact,
                harm: 0.05,
                suspects: suspects.clone(),
                ..Settings::new(120, Key::root(8, campaign))
            };
            let value = expectation(&u, &settings, &mut |set| harm(set)).estimate.value;
            sum += value;
            squares += (value - truth) * (value - truth);
        }
        let mean = sum / f64::from(repeats);
        // Four standard errors: one case in 16,000 beyond by chance.
        let error = (squares / f64::from(repeats) / f64::from(repeats)).sqrt();
        prop_assert!((mean - truth).abs() <= 4.0 * error + 1e-12, "{mean} ± {error} of {truth}");
    }
}
