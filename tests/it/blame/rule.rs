//! Which operations slowed down, and how well a set of suspects names them.
//!
//! The rule was chosen on Online Boutique, before anything was predicted, and is the same for every
//! recording: an operation is **judged** if it has 10 visits or more in both minutes, and it
//! **slowed** if its median rose by a quarter or more and a one-sided Mann-Whitney test calls its
//! times longer at the level of 0.1 %.

/// Visits in each minute that an operation needs to be judged.
pub(super) const LEAST_VISITS: usize = 10;
/// Median over the median before, from which on an operation slowed; of a twin, too.
pub(super) const RATIO: f64 = 1.25;
/// Quantile of the normal law that the level of 0.1 %, one-sided, stands for.
const Z: f64 = 3.090_232;

/// The middle of ascending values, or the mean of the two in the middle.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    assert!(n > 0, "nothing has no median");
    if n % 2 == 1 { sorted[n / 2] } else { f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]) }
}

/// Whether an operation is judged, and then by how much its median changed and whether it slowed;
/// times are ascending [ns].
pub(super) fn judged(before: &[u64], after: &[u64]) -> Option<(f64, bool)> {
    if before.len().min(after.len()) < LEAST_VISITS {
        return None;
    }
    let middle = |times: &[u64]| median(&times.iter().map(|&ns| ns as f64).collect::<Vec<_>>());
    let ratio = middle(after) / middle(before).max(1.0);
    Some((ratio, ratio >= RATIO && mann_whitney(before, after) > Z))
}

/// The Mann-Whitney statistic of `after` being larger, standardised, corrected for ties.
///
/// Source: H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18(1), 1947.
fn mann_whitney(before: &[u64], after: &[u64]) -> f64 {
    let (m, n) = (before.len() as f64, after.len() as f64);
    let mut all: Vec<(u64, bool)> = before.iter().map(|&ns| (ns, false)).collect();
    all.extend(after.iter().map(|&ns| (ns, true)));
    all.sort_unstable();
    let (mut ranks, mut ties, mut first) = (0.0, 0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let count = tied.len() as f64;
        let rank = first + f64::midpoint(count, 1.0);
        ranks += rank * tied.iter().filter(|(_, after)| *after).count() as f64;
        ties += count * (count * count - 1.0);
        first += count;
    }
    let u = ranks - n * (n + 1.0) / 2.0;
    let variance = m * n / 12.0 * ((m + n + 1.0) - ties / ((m + n) * (m + n - 1.0)));
    if variance > 0.0 { (u - m * n / 2.0) / variance.sqrt() } else { 0.0 }
}

/// How a set of suspects compares with what slowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Score {
    /// Slowed, and named.
    pub(super) hits: usize,
    /// Named, but did not slow.
    pub(super) false_alarms: usize,
    /// Slowed, but not named.
    pub(super) misses: usize,
}

impl Score {
    pub(super) fn add(&mut self, named: bool, slowed: bool) {
        self.hits += usize::from(named && slowed);
        self.false_alarms += usize::from(named && !slowed);
        self.misses += usize::from(!named && slowed);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.misses += other.misses;
    }

    /// 2 · hits over named plus slowed; 1 where nothing slowed and nothing was named.
    pub(super) fn f1(self) -> f64 {
        let of = 2 * self.hits + self.false_alarms + self.misses;
        if of == 0 { 1.0 } else { 2.0 * self.hits as f64 / of as f64 }
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hits, false_alarms, misses } = self;
        write!(f, "{:.2} ({hits} hit, {false_alarms} false, {misses} missed)", self.f1())
    }
}

/// How often what slowed is ranked above what did not, of all such pairs within a fault; half of a
/// tie counts. Guessing gives 0.5.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Order {
    above: f64,
    pairs: f64,
}

impl Order {
    /// Adds the operations of one fault: how strongly each is suspected, and whether it slowed.
    pub(super) fn add(&mut self, ranked: &[(f64, bool)]) {
        let of = |slowed: bool| ranked.iter().filter(move |it| it.1 == slowed).map(|it| it.0);
        for high in of(true) {
            for low in of(false) {
                self.above += if high > low { 1.0 } else { f64::from(u8::from(high >= low)) / 2.0 };
                self.pairs += 1.0;
            }
        }
    }

    /// None where nothing slowed.
    pub(super) fn share(self) -> Option<f64> {
        (self.pairs > 0.0).then(|| self.above / self.pairs)
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.share() {
            Some(share) => write!(f, "{share:.2}"),
            None => f.write_str("-"),
        }
    }
}

#[test]
fn order_counts_pairs_and_half_of_ties() {
    let mut order = Order::default();
    assert_eq!(order.share(), None);
    // Pairs: 3 over 1, 3 over 2, 2 over 1, and 2 beside 2.
    order.add(&[(3.0, true), (2.0, true), (1.0, false), (2.0, false)]);
    assert_eq!(order.share(), Some(3.5 / 4.0));
    order.add(&[(1.0, true), (2.0, false)]);
    assert_eq!(order.share(), Some(3.5 / 5.0));
}

#[test]
fn the_rank_test_is_that_of_the_tables() {
    // Ten against ten, wholly apart: U = 100 of mean 50 and variance 100 · 21 / 12.
    let low: Vec<u64> = (1..=10).collect();
    let high: Vec<u64> = (11..=20).collect();
    assert!((mann_whitney(&low, &high) - 50.0 / 175f64.sqrt()).abs() < 1e-12);
    assert!((mann_whitney(&high, &low) + 50.0 / 175f64.sqrt()).abs() < 1e-12);
    assert!(mann_whitney(&low, &low).abs() < 1e-12);
    // All tied: nothing can be told.
    assert!(mann_whitney(&[7; 10], &[7; 12]).abs() < 1e-12);
    // 1, 2, 2 against 2, 3: ranks of the second 3 and 5, so U = 5 of mean 3; ties 3³ − 3 of 5.
    let z = 2.0 / (0.5 * (6.0 - 24.0 / 20.0_f64)).sqrt();
    assert!((mann_whitney(&[1, 2, 2], &[2, 3]) - z).abs() < 1e-12);
}

#[test]
fn what_slowed_did_so_by_a_quarter_and_surely() {
    let times = |scale: u64, n: u64| (0..n).map(|i| (1000 + i * 10) * scale / 100).collect();
    let base: Vec<u64> = times(100, 40);
    assert_eq!(judged(&base, &times(150, 40)).map(|(_, slowed)| slowed), Some(true));
    assert_eq!(judged(&base, &times(110, 40)).map(|(_, slowed)| slowed), Some(false));
    assert_eq!(judged(&base, &times(50, 40)).map(|(_, slowed)| slowed), Some(false));
    assert_eq!(judged(&base, &times(300, 9)), None);
    assert!((Score { hits: 3, false_alarms: 1, misses: 1 }.f1() - 0.75).abs() < 1e-12);
    assert!((Score::default().f1() - 1.0).abs() < 1e-12);
}
