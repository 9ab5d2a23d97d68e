use std::path::Path;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let sets: Vec<_> = std::env::args().skip(2).map(|s| { let (a,b)=s.split_once('=').unwrap(); (a.to_owned(), b.to_owned()) }).collect();
    let reader = |p: &Path| std::fs::read_to_string(p);
    match foreshadow_scenarios::load_scenario(Path::new(&path), &sets, &reader).and_then(|s| { println!("{:#?}", s.assumed()); foreshadow_scenarios::lower(&s)}) {
        Ok(l) => println!("{l:#?}"),
        Err(p) => { eprintln!("PLAIN {p}"); for d in p.diagnostics() { let mut o=String::new(); miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor()).with_width(80).render_report(&mut o, d).unwrap(); eprintln!("{o}"); } }
    }
}
