//! Cases of queueing theory as anybody would write them: twin and scenario files. A unit of time
//! is 10 ms.

use crate::scenarios::{here, load, lower};

use super::closed_forms as forms;
use super::rule::{Case, Truth};

const UNIT: f64 = 1e7;

/// Runs a file of `cases/`, with some values set.
#[track_caller]
fn check_with(file: &str, sets: &[(&str, &str)], truths: &[Truth]) {
    let lowered = lower(&load(&here("validation/cases").join(file), sets));
    Case { plan: lowered.plan, unit: UNIT, replications: lowered.replications }.check(truths);
}

#[track_caller]
fn check(file: &str, truths: &[Truth]) {
    check_with(file, &[], truths);
}

#[test]
fn m_m_1_has_its_mean_and_quantiles() {
    check("m_m_1.yaml", &forms::M_M_1);
}

#[test]
fn m_m_4_waits_as_erlang_c_says() {
    check("m_m_4.yaml", &forms::M_M_4);
}

#[test]
fn m_m_4_20_blocks_and_serves() {
    check("m_m_4_20.yaml", &forms::M_M_4_20_HEAVY);
}

#[test]
#[ignore = "takes a quarter of a minute: one request in three hundred is refused"]
fn m_m_4_20_blocks_rarely() {
    check("m_m_4_20_light.yaml", &forms::M_M_4_20_LIGHT);
}

#[test]
fn m_d_1_waits_half_as_long() {
    check("m_d_1.yaml", &forms::M_D_1);
}

#[test]
fn d_m_1_waits_less_still() {
    check("d_m_1.yaml", &forms::D_M_1);
}

#[test]
fn bursts_wait_as_the_root_of_gi_m_1_says() {
    check("ipp_m_1.yaml", &super::arrivals::ipp_m_1(0.9, 2.0, 1.0));
}

#[test]
fn five_m_m_2_in_series_add_up() {
    check("five_m_m_2.yaml", &forms::FIVE_M_M_2);
}

#[test]
fn closed_users_agree_with_mean_value_analysis() {
    for (users, truths) in &forms::CLOSED {
        let load = format!("{{users: {users}}}");
        check_with("closed.yaml", &[("load.people.closed", &load)], truths);
    }
}

#[test]
fn processor_sharing_depends_on_the_mean_alone() {
    let laws = [
        ("{exponential: {mean: 10ms}}", "1200s"),
        ("{constant: 10ms}", "1200s"),
        ("{hyperexponential: {mean: 10ms, scv: 10}}", "5000s"),
    ];
    for (law, horizon) in laws {
        let set = [("station.any.steps[0].work", law), ("run.horizon", horizon)];
        check_with("m_g_1_ps.yaml", &set, &forms::M_G_1_PS);
    }
}

#[test]
fn the_impatient_leave_as_erlang_a_says() {
    check("erlang_a_4.yaml", &forms::ERLANG_A_SMALL);
    check("erlang_a_100.yaml", &forms::ERLANG_A_LARGE);
}

#[test]
fn classes_wait_for_each_other_as_theory_says() {
    let discipline = "station.queue.discipline";
    check_with("classes.yaml", &[(discipline, "priority")], &forms::PRIORITY);
    let preemptive = [(discipline, "preemptive_priority")];
    check_with("classes.yaml", &preemptive, &forms::PREEMPTIVE_PRIORITY);
}
