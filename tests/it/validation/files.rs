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

/// The rounds of row 13 through its first station that a request can make.
const ROUNDS: u32 = 8;

/// One of these rounds as an endpoint: the first station, then the second or third, and from the
/// second perhaps another round.
fn round(left: u32) -> String {
    let again =
        if left > 1 { format!("{{call: router.round_{}}}", left - 1) } else { String::new() };
    format!(
        "      round_{left}:
        steps:
          - call: one.serve
          - choose:
              - weight: 60%
                steps:
                  - call: two.serve
                  - choose: [{{weight: 20%, steps: [{again}]}}, {{weight: 80%, steps: []}}]
              - {{weight: 40%, steps: [{{call: three.serve}}]}}\n"
    )
}

/// Row 13. A loop is written as the choice of another round; 0.12⁸ of the requests would make a
/// ninth.
#[test]
fn a_jackson_network_is_what_its_stations_are_alone() {
    let station = |name: &str, slots: u32, mean: &str| {
        let work = format!("{{work: {{exponential: {{mean: {mean}}}}}}}");
        format!("  {name}: {{concurrency: {slots}, endpoints: {{serve: {{steps: [{work}]}}}}}}\n")
    };
    let twin = format!(
        "foreshadow: twin/v1\nname: jackson\ncomponents:\n  router:\n    endpoints:\n{}{}{}{}",
        (1..=ROUNDS).rev().map(round).collect::<String>(),
        station("one", 2, "10ms"),
        station("two", 1, "10ms"),
        station("three", 1, "12.5ms"),
    );
    let scenario = format!(
        "foreshadow: scenario/v1\nname: jackson\ntwin: jackson.twin.yaml\n\
         load: {{router.round_{ROUNDS}: {{arrivals: {{poisson: {{rate: 100/s}}}}}}}}\n\
         run: {{warm_up: 5s, horizon: 150s, drain: 100s, timeline: 150s, replications: 40}}\n"
    );
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("jackson.twin.yaml"), twin).unwrap();
    let path = folder.path().join("jackson.yaml");
    std::fs::write(&path, scenario).unwrap();
    let lowered = lower(&load(&path, &[]));
    Case { plan: lowered.plan, unit: UNIT, replications: lowered.replications }
        .check(&forms::JACKSON);
}

#[track_caller]
fn check_shorter_of_two((rate, truth): &(&str, Truth)) {
    let rate = format!("{{poisson: {{rate: {rate}}}}}");
    let sets = [("load.caller.go.arrivals", rate.as_str())];
    check_with("shorter_of_two.yaml", &sets, std::slice::from_ref(truth));
}

#[test]
fn the_shorter_of_two_queues_is_short() {
    check_shorter_of_two(&forms::SHORTER_OF_TWO[0]);
}

#[test]
#[ignore = "takes half a minute: long queues forget slowly"]
fn the_shorter_of_two_queues_is_short_under_high_load() {
    check_shorter_of_two(&forms::SHORTER_OF_TWO[1]);
    check_shorter_of_two(&forms::SHORTER_OF_TWO[2]);
}
