//! Kinds of faults and their mechanisms.

use std::time::Duration;

use foreshadow_sim::plan::{CoresLeft, FaultKind, MAX_ALTERNATIONS, Recurrence, Scope};
use foreshadow_sim::random::Law;

use super::super::Lowering;
use crate::Spanned;
use crate::model::fault::{CpuThrottle, Disk, Fault, MemoryPressure};
use crate::model::law;
use crate::model::scalar::{Number, Share};
use crate::model::twin::Twin;
use crate::problem::Problem;
use crate::source::Span;

/// How much slower work may become, or how much faster.
const MOST_SLOWED: f64 = 1e6;

/// One mechanism of a fault.
pub(super) struct Part {
    pub(super) kind: FaultKind,
    pub(super) recurrence: Recurrence,
    /// Time from the start of the fault to that of this part.
    pub(super) after: Duration,
    /// How long it lasts, unless to the end of the fault.
    pub(super) lasts: Option<Duration>,
}

impl Part {
    pub(super) const fn new(kind: FaultKind) -> Self {
        Self { kind, recurrence: Recurrence::Once, after: Duration::ZERO, lasts: None }
    }
}

/// Whether a fault has a magnitude that can grow, or is rolled out.
pub(super) fn grows(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Slow(_)
            | Fault::Latency(_)
            | Fault::Errors(_)
            | Fault::Loss(_)
            | Fault::CpuThrottle(_)
            | Fault::PoolExhaustion(_)
            | Fault::DnsFailure(_)
            | Fault::LoadSurge(_)
            | Fault::HotKey(_)
            | Fault::SkewedMix(_)
            | Fault::SlowClients(_)
            | Fault::BadDeploy(_)
    ) || matches!(fault, Fault::Disk(disk) if !is_full(disk))
}

/// Whether nothing can be written any more.
fn is_full(disk: &Disk) -> bool {
    disk.full.as_ref().is_some_and(|full| full.value)
}

/// Whether a fault comes and goes at drawn times.
pub(super) const fn is_drawn(fault: &Fault) -> bool {
    match fault {
        Fault::Crash(crash) => crash.up.is_some() || crash.down.is_some(),
        Fault::Pause(pause) => pause.up.is_some() || pause.down.is_some(),
        Fault::MemoryPressure(_) => true,
        _ => false,
    }
}

/// A share that is all by default.
const fn or_all(share: Option<&Share>) -> f64 {
    match share {
        Some(share) => share.0,
        None => 1.0,
    }
}

impl Lowering {
    /// The mechanisms of a fault; `None` for what is refused elsewhere, or has a problem.
    pub(super) fn parts(&mut self, fault: &Spanned<Fault>, twin: &Twin) -> Option<Vec<Part>> {
        let into = |share| FaultKind::Refuse { share, scope: Scope::Into };
        let kind = match &fault.value {
            Fault::Crash(crash) => {
                let recurrence = self.recurrence(fault, crash.up.as_ref(), crash.down.as_ref())?;
                return Some(vec![Part { recurrence, ..Part::new(FaultKind::Crash) }]);
            }
            Fault::Pause(pause) => {
                let recurrence = self.recurrence(fault, pause.up.as_ref(), pause.down.as_ref())?;
                return Some(vec![Part { recurrence, ..Part::new(FaultKind::Pause) }]);
            }
            Fault::HostLoss(_) | Fault::ZoneOutage(_) => FaultKind::Crash,
            Fault::Slow(slow) => self.slow(&slow.factor)?,
            Fault::Latency(latency) => FaultKind::Latency {
                add: self.law(Some(&latency.add))?,
                jitter: latency.jitter.as_ref().map_or(Duration::ZERO, |jitter| jitter.0),
            },
            Fault::Errors(errors) => FaultKind::Errors { share: errors.share.0 },
            Fault::DependencyOutage(_) => FaultKind::Errors { share: 1.0 },
            Fault::Reset(reset) => FaultKind::Reset { share: or_all(reset.share.as_ref()) },
            Fault::Loss(loss) => FaultKind::Drop { share: loss.share.0, scope: Scope::Touching },
            Fault::Blackhole(_) => FaultKind::Drop { share: 1.0, scope: Scope::Into },
            Fault::Partition(partition) => {
                let other = match &partition.from {
                    Some(from) => Some(self.other_side(from, twin)?),
                    None => None,
                };
                FaultKind::Drop { share: 1.0, scope: Scope::Across(other) }
            }
            Fault::Quarantine(_) => FaultKind::Refuse { share: 1.0, scope: Scope::Across(None) },
            Fault::DnsFailure(failure) => into(or_all(failure.share.as_ref())),
            Fault::CertificateExpiry(_) => into(1.0),
            Fault::Bandwidth(bandwidth) => {
                let per_s = bandwidth.rate.value.0;
                if per_s <= 0.0 {
                    let message = "expected a rate above 0";
                    let help = "where nothing passes, use `blackhole` or `partition`";
                    self.problem(Problem::at(bandwidth.rate.span, message).help(help));
                    return None;
                }
                FaultKind::Bandwidth { per_s }
            }
            Fault::LoadSurge(surge) => FaultKind::Load { factor: surge.factor.value.0 },
            Fault::ReconnectHerd(herd) => {
                if herd.duration.is_none() {
                    let message = "this herd would be kept away for ever";
                    let help = "add `duration`, after which it comes";
                    self.problem(Problem::at(fault.span, message).help(help));
                    return None;
                }
                let over = herd.over.as_ref().map_or(Duration::ZERO, |over| over.0);
                FaultKind::Away { share: or_all(herd.share.as_ref()), over }
            }
            Fault::SkewedMix(skew) => {
                let endpoint = self.skewed_to(fault.span, skew.at.as_ref())?;
                FaultKind::Skew { share: or_all(skew.share.as_ref()), endpoint }
            }
            Fault::SlowClients(slow) => {
                let takes = self.law(Some(&slow.takes))?;
                FaultKind::SlowUsers { share: or_all(slow.share.as_ref()), takes }
            }
            Fault::CacheFlush(_) => FaultKind::Flush,
            Fault::HotKey(hot) => FaultKind::HotKey { share: or_all(hot.share.as_ref()) },
            Fault::PoolExhaustion(pool) => FaultKind::Pool { share: or_all(pool.share.as_ref()) },
            Fault::CpuThrottle(throttle) => self.throttle(fault.span, throttle)?,
            Fault::MemoryPressure(pressure) => return self.memory(fault, pressure),
            Fault::Disk(disk) => return self.disk(fault.span, disk),
            Fault::BadDeploy(_) | Fault::Change(_) => return None,
        };
        Some(vec![Part::new(kind)])
    }

    /// The laws `up` and `down`: both or neither.
    fn recurrence(
        &mut self,
        fault: &Spanned<Fault>,
        up: Option<&Spanned<law::Law>>,
        down: Option<&Spanned<law::Law>>,
    ) -> Option<Recurrence> {
        match (up, down) {
            (None, None) => Some(Recurrence::Once),
            (Some(up), Some(down)) => self.random(fault, up, down),
            (one, other) => {
                let place = one.or(other).map_or(fault.span, |law| law.span);
                let message = "`up` and `down` are given together, or not at all";
                self.problem(Problem::at(place, message).help(
                    "`up` is the law of the time until a replica fails, `down` of the time it is away",
                ));
                None
            }
        }
    }

    /// What happens again and again, after times that are not too short for that.
    fn random(
        &mut self,
        fault: &Spanned<Fault>,
        up: &Spanned<law::Law>,
        down: &Spanned<law::Law>,
    ) -> Option<Recurrence> {
        let place = up.span;
        if up.is_never_any_time() && down.is_never_any_time() {
            let message = "expected times above 0";
            self.problem(Problem::at(place, message).help("one of the two may be 0s, not both"));
            return None;
        }
        let [up, down]: [Option<Law>; 2] = [up, down].map(|law| self.law(Some(law)));
        let (up, down) = (up?, down?);
        let run = &self.plan.run;
        let all = run.warm_up + run.horizon + run.drain;
        let lasts = fault.course().duration.map_or(all, |duration| duration.value.0.min(all));
        let turn_ns = up.mean() + down.mean();
        if turn_ns < 1.0 || turn_ns * MAX_ALTERNATIONS < lasts.as_nanos() as f64 {
            let message = "a replica would be hit more than ten million times in this run";
            self.problem(Problem::at(place, message).help("make these times longer"));
            return None;
        }
        Some(Recurrence::Random { up, down, from_the_first: false })
    }

    /// Work that takes a multiple of its time.
    fn slow(&mut self, factor: &Spanned<Number>) -> Option<FaultKind> {
        let times = factor.value.0;
        if !(1.0 / MOST_SLOWED..=MOST_SLOWED).contains(&times) {
            let message = "expected a factor from a millionth to a million";
            let help = "where nothing moves, use `pause`";
            self.problem(Problem::at(factor.span, message).help(help));
            return None;
        }
        Some(FaultKind::Slow { factor: times })
    }

    fn throttle(&mut self, fault: Span, throttle: &CpuThrottle) -> Option<FaultKind> {
        let (left, value, place) =
            match (&throttle.share, &throttle.cores) {
                (Some(share), None) => (CoresLeft::Share(share.value.0), share.value.0, share.span),
                (None, Some(cores)) => (CoresLeft::Cores(cores.value.0), cores.value.0, cores.span),
                _ => {
                    let message = "expected either `share` or `cores`, those that are left";
                    let second = throttle.share.as_ref().and(throttle.cores.as_ref());
                    let place = second.map_or(fault, |cores| cores.span);
                    self.problem(Problem::at(place, message).help(
                        "`share: 50%` leaves half of the cores, `cores: 2` leaves two of them",
                    ));
                    return None;
                }
            };
        if value < 1.0 / MOST_SLOWED {
            let message = "expected at least a millionth";
            self.problem(Problem::at(place, message).help("where nothing moves, use `pause`"));
            return None;
        }
        Some(FaultKind::Cores(left))
    }

    fn memory(&mut self, fault: &Spanned<Fault>, pressure: &MemoryPressure) -> Option<Vec<Part>> {
        let kill = pressure.kill_after.as_ref();
        let mut parts = Vec::new();
        match (&pressure.pause, &pressure.between) {
            (Some(pause), Some(between)) => {
                let recurrence = self.random(fault, between, pause)?;
                let lasts = kill.map(|kill| kill.value.0);
                parts.push(Part { recurrence, lasts, ..Part::new(FaultKind::Pause) });
            }
            (None, None) if kill.is_some() => {}
            _ => {
                let message = "expected `pause` with `between`, or `kill_after`, or all three";
                self.problem(Problem::at(fault.span, message).help(
                    "`pause` is the law of the length of a pause, `between` of the time between two",
                ));
                return None;
            }
        }
        if let Some(kill) = kill {
            let duration = fault.course().duration;
            if duration.is_some_and(|duration| duration.value.0 <= kill.value.0) {
                let message = "the kill would come when the fault has ended";
                self.problem(Problem::at(kill.span, message).help("make `duration` longer"));
                return None;
            }
            parts.push(Part { after: kill.value.0, ..Part::new(FaultKind::Crash) });
        }
        Some(parts)
    }

    fn disk(&mut self, fault: Span, disk: &Disk) -> Option<Vec<Part>> {
        let slow = match &disk.factor {
            Some(factor) => Some(self.slow(factor)?),
            None => None,
        };
        let fails = disk.share.as_ref().map(|share| FaultKind::Errors { share: share.value.0 });
        let full = is_full(disk).then_some(FaultKind::Errors { share: 1.0 });
        if let (Some(share), true) = (&disk.share, is_full(disk)) {
            let message = "a full disk fails every request, so `share` changes nothing";
            self.problem(Problem::at(share.span, message).help("remove one of the two"));
            return None;
        }
        let parts: Vec<Part> = [slow, fails, full].into_iter().flatten().map(Part::new).collect();
        if parts.is_empty() {
            let message = "expected `factor`, `share` or `full: true`";
            self.problem(Problem::at(fault, message).help(
                "`factor` slows work, `share` fails a part of what arrives, `full` all of it",
            ));
            return None;
        }
        Some(parts)
    }
}
