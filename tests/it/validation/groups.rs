//! Service in groups without limit: whoever waits when the server is free starts at once, together.
//!
//! With service S, arrivals λ: nobody came during a service with probability S*(λ), the transform of S;
//! the server is then idle for 1/λ. So it is busy a share b = E[S] / (E[S] + S*(λ)/λ) of the time, and
//! who finds it busy waits for what is left of a service: Wq = b · E[S²] / (2 E[S]).
//!
//! Source: N. T. J. Bailey, "On Queueing Processes with Bulk Service", Journal of the Royal
//! Statistical Society B 16(1), 1954, for groups without limit.

use foreshadow_sim::plan::{Batch, Component, Step};
use foreshadow_sim::random::Law;

use super::closed_forms::{sojourn, wait};
use super::machine::{UNIT, check, exponential, open, station};
use super::rule::{Measure, Truth};

#[track_caller]
fn check_groups(rate: f64, work: Law, transform: f64, residual: f64) {
    let groups = Component { batch: Some(Batch::default()), ..station(Some(1), None) };
    let plan = open(groups, vec![Step::Work(work)], rate, 4_000);
    let busy = 1.0 / (1.0 + transform / rate);
    let share = |t: &foreshadow_sim::Tally| t.components[0].utilization().unwrap();
    let truths = [
        wait(busy * residual),
        sojourn(busy * residual + 1.0),
        Truth::new("utilization", Measure::Share(share), busy),
    ];
    check(plan, 40, &truths);
}

#[test]
fn groups_of_constant_work_wait_for_half_of_it() {
    for rate in [0.5_f64, 2.0, 5.0] {
        check_groups(rate, Law::constant(UNIT as u64), (-rate).exp(), 0.5);
    }
}

#[test]
fn groups_of_exponential_work_wait_for_all_of_it() {
    for rate in [0.5, 2.0, 5.0] {
        check_groups(rate, exponential(1.0), 1.0 / (1.0 + rate), 1.0);
    }
}
