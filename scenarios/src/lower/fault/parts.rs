//! What a target must have for a fault to matter: connections, cores, caches.

use foreshadow_sim::plan::{self, Contents, OnFailure, Step, Target};

use super::super::Lowering;
use crate::Spanned;
use crate::model::fault::Fault;
use crate::problem::Problem;
use crate::source::Span;

/// Whether any of `steps` looks into a cache that `fits`.
fn looks(steps: &[Step], fits: fn(&Contents) -> bool) -> bool {
    steps.iter().any(|step| match step {
        Step::Work(_) | Step::Think(_) => false,
        Step::Call(call) | Step::Publish(call) => match &call.on_failure {
            OnFailure::Fallback(steps) => looks(steps, fits),
            OnFailure::Fail | OnFailure::Continue => false,
        },
        Step::Cache(cache) => fits(&cache.contents) || looks(&cache.miss, fits),
        Step::Parallel(branches) => branches.iter().any(|steps| looks(steps, fits)),
        Step::Choose(options) => options.iter().any(|(_, steps)| looks(steps, fits)),
    })
}

impl Lowering {
    /// Finds what a fault would change of its target, and the target lacks.
    pub(super) fn check_parts(
        &mut self,
        fault: &Fault,
        at: &Spanned<String>,
        target: &Target,
    ) -> Option<()> {
        match fault {
            Fault::PoolExhaustion(_) => self.check_pools(at, target)?,
            Fault::CpuThrottle(throttle) => {
                if let Some(cores) = &throttle.cores {
                    self.check_cores(cores.span, target)?;
                }
            }
            Fault::CacheFlush(_) => self.check_caches(at, target, |_| true)?,
            Fault::HotKey(_) => {
                let has_keys = |contents: &Contents| matches!(contents, Contents::Lru { .. });
                self.check_caches(at, target, has_keys)?;
            }
            _ => {}
        }
        Some(())
    }

    /// Some endpoint that is hit must look into a cache of the kind in question.
    fn check_caches(
        &mut self,
        at: &Spanned<String>,
        target: &Target,
        fits: fn(&Contents) -> bool,
    ) -> Option<()> {
        let mut endpoints = self.plan.endpoints.iter().enumerate();
        let is_hit = |(id, endpoint): &(usize, &plan::Endpoint)| match target {
            Target::Endpoint(hit) => hit == id,
            Target::Replicas(list) => list.iter().any(|(c, _)| *c == endpoint.component),
            Target::Edge(_) | Target::Loads(_) | Target::Plan => false,
        };
        if endpoints.any(|endpoint| is_hit(&endpoint) && looks(&endpoint.1.steps, fits)) {
            return Some(());
        }
        let message = format!("no step of `{}` looks into such a cache", at.value);
        self.problem(Problem::at(at.span, message).help(
            "add `cache: {entries: 10k, keys: {zipf: {n: 1M, s: 0.9}}, miss: […]}` to its steps",
        ));
        None
    }

    fn check_cores(&mut self, place: Span, target: &Target) -> Option<()> {
        let Target::Replicas(hits) = target else {
            return Some(());
        };
        let lacks = |&&(id, _): &&(usize, usize)| self.plan.components[id].cpu.is_none();
        let Some(&(id, _)) = hits.iter().find(lacks) else {
            return Some(());
        };
        let name = &self.names.components[id];
        let message = format!("{name} does not say how many cores it has");
        let help = format!("give it `cpu`, say `cpu: 2`, or throttle {name} to a `share`");
        self.problem(Problem::at(place, message).help(help));
        None
    }

    fn check_pools(&mut self, at: &Spanned<String>, target: &Target) -> Option<()> {
        let towards = |id: usize, edge: &plan::Edge| match target {
            Target::Edge(hit) => *hit == id,
            Target::Replicas(list) => list.iter().any(|(component, _)| *component == edge.callee),
            Target::Endpoint(_) | Target::Loads(_) | Target::Plan => false,
        };
        let edges = self.plan.edges.iter().enumerate();
        if edges.into_iter().any(|(id, edge)| towards(id, edge) && edge.pool.is_some()) {
            return Some(());
        }
        let message = format!("nobody has a pool of connections to `{}`", at.value);
        self.problem(
            Problem::at(at.span, message)
                .help("give the calls a `pool: 32`, the connections of one calling replica"),
        );
        None
    }
}
