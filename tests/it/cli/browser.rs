//! HTML reports in a browser without a window: nothing in its console, no request that leaves, legible
//! at the widths of a phone and of a large screen, in light and dark.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

use super::Folder;

/// What a browser made of a page.
#[derive(Debug)]
struct Visit {
    /// The page after its scripts have run.
    dom: String,
    /// What stands in the console.
    console: Vec<String>,
}

/// What `look.html` measures of each frame.
#[derive(Debug, Deserialize)]
struct Look {
    width: f64,
    /// Of the document, with what overflows.
    scroll_width: f64,
    plots: usize,
    canvases: usize,
    /// Texts that stand out too little, with their contrast.
    faint: Vec<String>,
    /// What the page asked for beside itself, whether it came or not.
    requests: Vec<String>,
    /// How many texts were looked at.
    texts: usize,
}

/// Chromium, if it is installed.
fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: chromium is not installed");
    }
    found
}

/// Opens a page where no name can be resolved.
fn visit(chromium: &Path, page: &Path, is_dark: bool) -> Visit {
    let profile = TempDir::new().unwrap();
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--disable-extensions", "--disable-default-apps"])
        .args(["--allow-file-access-from-files", "--enable-logging=stderr", "--v=0"])
        .args(["--window-size=1700,1000", "--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--blink-settings=preferredColorScheme={}", i32::from(!is_dark)))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Visit {
        dom: String::from_utf8(output.stdout).unwrap(),
        console: said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect(),
    }
}

/// A folder with `report.html` and the page that looks at it.
fn reported(arguments: &[&str]) -> Folder {
    let folder = Folder::new();
    folder.vary(
        "slow.yaml",
        "run:",
        "faults: [{slow: {at: store, factor: 8, start: 10s, duration: 10s}}]\nrun:",
    );
    let finished = folder.run(&[arguments, &["--out", "report.html"]].concat());
    assert!(finished.status < 2, "{finished:#?}");
    folder.write("look.html", include_str!("browser/look.html"));
    folder
}

#[track_caller]
fn check_page(folder: &Folder, plots: usize) {
    let Some(chromium) = chromium() else { return };
    for is_dark in [false, true] {
        let visit = visit(&chromium, &folder.path("look.html"), is_dark);
        assert_eq!(visit.console, [""; 0], "dark: {is_dark}");
        let (_, json) = visit.dom.split_once("<pre>").expect("the look has ended");
        let (json, _) = json.split_once("</pre>").unwrap();
        let looks: Vec<Look> = serde_json::from_str(&json.replace("&amp;", "&")).unwrap();
        assert_eq!(looks.iter().map(|look| look.width).collect::<Vec<_>>(), [400.0, 1600.0]);
        for look in &looks {
            assert!(look.scroll_width <= look.width, "{look:#?}");
            assert_eq!((look.plots, look.canvases), (plots, plots), "{look:#?}");
            assert!(look.texts > 50, "{look:#?}");
            assert_eq!(look.requests, [""; 0]);
            assert_eq!(look.faint, [""; 0], "dark: {is_dark}");
        }
    }
}

#[test]
fn a_rehearsal_is_shown_by_itself_alone() {
    check_page(&reported(&["rehearse", "slow.yaml"]), 2);
}

#[test]
fn several_rehearsals_are_shown_on_one_page() {
    check_page(&reported(&["rehearse", "calm.yaml", "slow.yaml"]), 4);
}

#[test]
fn what_changed_is_shown_by_itself_alone() {
    let folder = reported(&["rehearse", "slow.yaml", "--out", "slow.json"]);
    folder.run(&["rehearse", "calm.yaml", "--out", "calm.json"]);
    folder.run(&["report", "calm.json", "slow.json", "--out", "report.html"]);
    check_page(&folder, 0);
}

#[test]
fn a_campaign_is_shown_by_itself_alone() {
    check_page(&reported(&["campaign", "calm.yaml"]), 2);
}

/// The test must be able to fail: a page that does all that is looked for is found out.
#[test]
fn a_bad_page_is_found_out() {
    let Some(chromium) = chromium() else { return };
    let folder = Folder::new();
    let page = "<!doctype html><body style='margin:0;background:#fff'><div style='width:2000px;color:#999'>wide \
                and faint</div><img src='http://left.example/pixel.png'>\
                <script type='application/json' id='data'>{\"plots\": [1]}</script><script>nothing()</script>";
    folder.write("report.html", page);
    folder.write("look.html", include_str!("browser/look.html"));
    let visit = visit(&chromium, &folder.path("look.html"), false);
    assert!(visit.console.iter().any(|line| line.contains("nothing is not defined")), "{visit:#?}");
    let (_, json) = visit.dom.split_once("<pre>").unwrap();
    let looks: Vec<Look> = serde_json::from_str(json.split_once("</pre>").unwrap().0).unwrap();
    assert!(
        looks.iter().all(|look| look.requests == ["http://left.example/pixel.png"]),
        "{looks:#?}"
    );
    assert!(looks.iter().all(|look| look.scroll_width > look.width), "{looks:#?}");
    assert!(looks.iter().all(|look| look.faint.len() == 1 && look.canvases == 0), "{looks:#?}");
}
