//! What happens at the doors and in the queues of a component, and on its cores.

use std::time::Duration;

use foreshadow_sim::plan::{self, Cpu, Queue, Shed};

use super::Lowering;
use crate::Spanned;
use crate::model::scalar::{Number, Rate};
use crate::model::twin::{self, Component, Discipline};
use crate::problem::Problem;
use crate::source::Span;

/// What `codel` aims at, and over which time it judges.
const TARGET: Duration = Duration::from_millis(5);
const INTERVAL: Duration = Duration::from_millis(100);
/// Cores that a machine may have.
const MAX_CORES: f64 = 1e6;

impl Lowering {
    pub(super) fn queue(&mut self, component: &Component) -> Queue {
        let Some(queue) = &component.queue else {
            return Queue::default();
        };
        let capacity = queue.capacity.as_ref().and_then(|bound| bound.value.0);
        let discipline = queue.discipline.as_ref().map(|discipline| discipline.value);
        if let (Some(Discipline::AdaptiveLifo), Some(place), None) =
            (discipline, &queue.discipline, capacity)
        {
            let message =
                "`adaptive_lifo` goes by half of the queue's capacity, which is unlimited";
            self.problem(Problem::at(place.span, message).help("set `queue.capacity`"));
        }
        Queue {
            capacity,
            discipline: self.discipline(discipline, queue),
            max_wait: self.law(queue.max_wait.as_ref()),
        }
    }

    fn discipline(
        &mut self,
        discipline: Option<Discipline>,
        queue: &twin::Queue,
    ) -> plan::Discipline {
        let times = [("target", &queue.target), ("interval", &queue.interval)];
        for (name, time) in times {
            let Some(time) = time else { continue };
            if discipline != Some(Discipline::Codel) {
                let message = format!("`{name}` is for `discipline: codel`");
                self.problem(Problem::at(time.span, message).help("set that, or remove it"));
            } else if time.value.0.is_zero() {
                let message = format!("expected more than 0 for `{name}`");
                let help = format!("such as `{name}: 100ms`; leave it out for the default");
                self.problem(Problem::at(time.span, message).help(help));
            }
        }
        let [target, interval] = times.map(|(_, time)| time.as_ref().map(|time| time.value.0));
        match discipline {
            None | Some(Discipline::Fifo) => plan::Discipline::Fifo,
            Some(Discipline::Lifo) => plan::Discipline::Lifo,
            Some(Discipline::AdaptiveLifo) => plan::Discipline::AdaptiveLifo,
            Some(Discipline::Priority) => plan::Discipline::Priority,
            Some(Discipline::PreemptivePriority) => plan::Discipline::PreemptivePriority,
            Some(Discipline::Codel) => plan::Discipline::Codel {
                target: target.unwrap_or(TARGET),
                interval: interval.unwrap_or(INTERVAL),
            },
        }
    }

    pub(super) fn rate_limit(&mut self, limit: &Spanned<Rate>) -> Option<f64> {
        let rate = limit.value.0;
        if rate <= 0.0 {
            let message = "expected a rate above 0: nothing could ever be served";
            self.problem(Problem::at(limit.span, message).help("leave it out for no limit"));
            return None;
        }
        Some(rate)
    }

    pub(super) fn shed(
        &mut self,
        name: &Spanned<String>,
        shed: &Spanned<twin::Shed>,
        queue: &Queue,
    ) -> Option<Shed> {
        let at_queue = shed.at_queue.value.0;
        if at_queue <= 0.0 {
            let message = "expected a share above 0: an empty queue would be full enough";
            self.problem(Problem::at(shed.at_queue.span, message).help("such as `at_queue: 80%`"));
            return None;
        }
        if queue.capacity.is_none_or(|capacity| capacity == 0) {
            let room = if queue.capacity.is_none() { "no limit" } else { "no room" };
            let message =
                format!("the queue of {} has {room}, so it is never part full", name.value);
            let help = "set `queue.capacity` to 1 or more";
            self.problem(Problem::at(shed.at_queue.span, message).help(help));
            return None;
        }
        Some(Shed { at_queue, priority_from: shed.priority_from.0 })
    }

    pub(super) fn cpu(&mut self, cpu: &Spanned<twin::Cpu>) -> Option<Cpu> {
        let (request, limit) = match &cpu.value {
            twin::Cpu::Scalar(Number(both)) => (None, Some((*both, cpu.span))),
            twin::Cpu::Map(cores) => {
                let [request, limit] = [&cores.request, &cores.limit];
                let placed = |cores: &Spanned<Number>| (cores.value.0, cores.span);
                [request, limit].map(|cores| cores.as_ref().map(placed)).into()
            }
        };
        let Some(limit) = limit else {
            let message = "expected `limit`: the most cores that the work of one replica shares";
            self.problem(
                Problem::at(cpu.span, message)
                    .help("without one, set it to the cores of the machine"),
            );
            return None;
        };
        let request = request.unwrap_or(limit);
        let is_wrong = |(cores, _): &(f64, Span)| *cores <= 0.0 || *cores > MAX_CORES;
        if let Some((wrong, place)) = [request, limit].into_iter().find(is_wrong) {
            let message =
                format!("expected more than 0 and at most {MAX_CORES} cores, found `{wrong}`");
            self.problem(
                Problem::at(place, message)
                    .help("leave `cpu` out where work does not compete for cores"),
            );
            return None;
        }
        let ((request, place), (limit, _)) = (request, limit);
        if request > limit {
            let message = format!("the `request` of {request} cores is over the limit of {limit}");
            self.problem(Problem::at(place, message).help("lower it, or raise `limit`"));
        }
        Some(Cpu { request, limit })
    }

    /// Cores of a host, if their number is right.
    pub(super) fn cores(&mut self, cores: &Spanned<Number>) -> Option<f64> {
        let number = cores.value.0;
        if number <= 0.0 || number > MAX_CORES {
            let message =
                format!("expected more than 0 and at most {MAX_CORES} cores, found `{number}`");
            self.problem(
                Problem::at(cores.span, message).help("leave it out for more than can be used"),
            );
            return None;
        }
        Some(number)
    }
}
