//! Laws that every run obeys, over random systems: requests are conserved, Little's law holds on
//! every drained station, nothing is used beyond what there is, and a run is a function of its seed.

mod faults;
mod laws;
mod policy;
mod sketch;

use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use foreshadow_sim::{Plan, Simulation, Tally};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rayon::{ThreadPool, ThreadPoolBuilder};

use sketch::sketch;

/// One thread, and three.
static POOLS: LazyLock<[ThreadPool; 2]> = LazyLock::new(|| {
    [1, 3].map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().unwrap())
});

/// The first replication of a plan.
fn run(plan: &Plan) -> Tally {
    let simulation = Simulation::new(plan.clone()).unwrap();
    simulation.replication(0, &AtomicBool::new(false)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(20_261_101),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// With whatever faults, and a window that ends in the midst of it.
    #[test]
    fn requests_are_conserved(sketch in sketch()) {
        let plan = sketch.plan();
        laws::conservation(&plan, &run(&plan))?;
    }

    /// The log of a run says of each request what the counts say of all.
    #[test]
    fn every_request_is_in_the_log_once(sketch in sketch()) {
        let plan = sketch.plan();
        let simulation = Simulation::new(plan.clone()).unwrap();
        let (tally, log) = simulation.logged(0, &AtomicBool::new(false)).unwrap();
        prop_assert_eq!(&tally, &run(&plan));
        laws::log(&plan, &tally, &log)?;
    }

    #[test]
    fn drained_stations_obey_littles_law(sketch in sketch()) {
        let plan = sketch.without_faults().drained_plan();
        let tally = run(&plan);
        laws::conservation(&plan, &tally)?;
        laws::drained(&plan, &tally)?;
    }

    #[test]
    fn a_drained_system_holds_nothing_after_faults(sketch in sketch()) {
        let plan = sketch.without_losses().drained_plan();
        let tally = run(&plan);
        laws::conservation(&plan, &tally)?;
        laws::nobody_is_left(&plan, &tally)?;
    }

    #[test]
    fn a_fault_that_is_over_leaves_nothing_behind(sketch in sketch()) {
        let sketch = sketch.without_caches();
        let (with, without) = (run(&sketch.quiet_plan()), run(&sketch.without_faults().quiet_plan()));
        prop_assert_eq!(with.users, without.users);
        prop_assert_eq!(with.edges, without.edges);
        prop_assert_eq!(with.services, without.services);
    }

    #[test]
    fn overlapping_faults_combine(sketch in sketch(), pair in faults::pair()) {
        let plan = sketch.without_faults().plan();
        let (two, one) = (run(&pair.both(&plan)), run(&pair.combined(&plan)));
        prop_assert_eq!(two.users, one.users);
        prop_assert_eq!(two.edges, one.edges);
        prop_assert_eq!(two.components, one.components);
    }

    #[test]
    fn a_run_is_a_function_of_its_seed(sketch in sketch()) {
        let plan = sketch.plan();
        let first = run(&plan);
        for pool in &*POOLS {
            let simulation = Simulation::new(plan.clone()).unwrap();
            let stop = AtomicBool::new(false);
            let tallies = pool.install(|| simulation.replications(0..3, &stop, &|| ())).unwrap();
            prop_assert_eq!(&tallies[0], &first);
        }
    }
}
