//! `foreshadow calibrate`.

use anyhow::bail;
use foreshadow_scenarios::load_scenario;
use foreshadow_twin::{CalibrateError, CalibrateOptions, LoadTests, Parameter, calibrate};

use crate::args::{Args, Calibrate};
use crate::{Status, files, interrupt, work};

/// Fits parameters of a twin to what was measured, and says what the data can tell apart.
pub(crate) fn run(command: &Calibrate, args: &Args) -> anyhow::Result<Status> {
    let scenario = load_scenario(&command.scenario, &[], &files::read)?;
    if !files::same(&scenario.twin_path, &command.twin) {
        bail!(
            "{} is about the twin {}, not about {}",
            command.scenario.display(),
            scenario.twin_path.display(),
            command.twin.display()
        );
    }
    let parameters = command.fit.iter().map(|text| Parameter::parse(text));
    let options = CalibrateOptions {
        parameters: parameters.collect::<Result<_, _>>()?,
        hold_out: command.hold_out.clone(),
        trials: command.trials as usize,
        replications: command.replications,
    };
    let mut tests = LoadTests { skip: command.skip.unwrap_or_default(), ..LoadTests::default() };
    for name in &command.name {
        tests.add(name)?;
    }
    let (results, notes) = match tests.read(&command.against, &scenario) {
        Err(CalibrateError::Problems(problems)) => return Err(problems.into()),
        read => read?,
    };
    for note in &notes {
        anstream::eprintln!("note: {note}");
    }
    if let Some(out) = &command.out {
        files::is_no_source(out, &command.against)?;
    }
    let output = match &command.out {
        Some(path) => Some((path, files::Pending::new(path)?)),
        None => None,
    };
    let stop = interrupt::watch()?;
    let found = work::in_pool(args, |line| {
        let progress = |what: &str| line.say(what.to_owned());
        calibrate(&scenario, &results, &options, stop, &progress)
    })?;
    let found = match found {
        Err(CalibrateError::Interrupted) => return Ok(Status::Interrupted),
        Err(CalibrateError::Problems(problems)) => return Err(problems.into()),
        found => found?,
    };
    if let Some((path, file)) = output {
        file.write(&found.twin_yaml)?;
        files::print(&format!("{found}wrote {}\n", files::quoted(&path.to_string_lossy())))?;
    } else {
        files::print(&found.twin_yaml)?;
        anstream::eprint!("{found}");
    }
    Ok(Status::Held)
}
