//! An actor of one's own: a machine that breaks, in the kernel that runs whole systems.
//!
//! ```text
//!           ┌── Breaks (mean 9 h) ──┐
//!   working ┤                       ├ broken
//!           └── Repaired (mean 1 h) ┘        availability → 9 / (9 + 1)
//! ```

use std::sync::atomic::AtomicBool;

use foreshadow_sim::calendar::{Class, Ticket};
use foreshadow_sim::kernel::{self, Actor, Context, Event};
use foreshadow_sim::random::{Key, Law};
use foreshadow_sim::time::SimTime;

#[derive(Clone, Copy)]
enum Happening {
    Breaks,
    Repaired,
}

impl Event for Happening {
    fn class(self) -> Class {
        Class::Timer
    }
    fn pack(self) -> u32 {
        self as u32
    }
    fn unpack(bits: u32) -> Self {
        if bits == Self::Breaks as u32 { Self::Breaks } else { Self::Repaired }
    }
}

struct Machine {
    up: Law,
    down: Law,
    breakdowns: u64,
    since: SimTime,
    worked: u64,
}

impl Actor for Machine {
    type Event = Happening;

    fn handle(&mut self, event: Happening, _: Ticket, cx: &mut Context<Happening>) {
        let key = Key::root(1, 0).with(self.breakdowns);
        match event {
            Happening::Breaks => {
                self.worked += cx.now().since(self.since);
                cx.schedule_in(self.down.sample(key.with(0)), Happening::Repaired);
            }
            Happening::Repaired => {
                self.since = cx.now();
                self.breakdowns += 1;
                cx.schedule_in(self.up.sample(key.with(1)), Happening::Breaks);
            }
        }
    }

    fn is_done(&self) -> bool {
        self.breakdowns == 900
    }
}

fn main() -> Result<(), foreshadow_sim::Error> {
    const HOUR: f64 = 3.6e12;
    let (up, down) = (Law::exponential(9.0 * HOUR)?, Law::exponential(HOUR)?);
    let mut machine = Machine { up, down, breakdowns: 0, since: SimTime::ZERO, worked: 0 };
    let mut cx = Context::default();
    cx.schedule_in(0, Happening::Repaired);
    kernel::run(&mut machine, &mut cx, &AtomicBool::new(false))?;
    let availability = machine.worked as f64 / machine.since.since(SimTime::ZERO) as f64;
    println!("{} breakdowns, availability {availability:.3}", machine.breakdowns);
    Ok(())
}
