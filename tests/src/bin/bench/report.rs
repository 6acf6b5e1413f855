//! What was measured, as a table for people and as JSON for programs.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::contest::{Plan, Standing};
use crate::procfs::Machine;
use crate::rows::RowName;
use crate::statistics::Spread;

/// One run of the bench.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) plan: Plan,
    pub(crate) rows: Vec<Row>,
    pub(crate) load_average_after: String,
}

/// One row: lanes that were compared, or figures, or both.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    #[serde(rename = "row")]
    pub(crate) name: RowName,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) lanes: Vec<Standing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) figures: Vec<Figure>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Why the row says nothing: an answer was wrong, or it could not be run.
    pub(crate) failure: Option<String>,
    pub(crate) took_s: f64,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) met: Option<bool>,
}

impl Figure {
    pub(crate) fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, unit, target: None, met: None }
    }

    /// A figure that should not be over this.
    pub(crate) fn at_most(mut self, most: f64) -> Self {
        self.target = Some(format!("<= {most} {}", self.unit));
        self.met = Some(self.value <= most);
        self
    }
}

/// What a row found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) lanes: Vec<Standing>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) notes: Vec<String>,
    /// What was wrong although everything could be run.
    pub(crate) wrong: Option<String>,
}

impl Found {
    /// Nothing but a word about it.
    pub(crate) fn note(text: impl Into<String>) -> Self {
        Self { notes: vec![text.into()], ..Self::default() }
    }
}

impl Row {
    pub(crate) fn new(name: RowName, found: crate::Result<Found>, took_s: f64) -> Self {
        let mut this = Self {
            name,
            lanes: Vec::new(),
            figures: Vec::new(),
            notes: Vec::new(),
            failure: None,
            took_s,
        };
        match found {
            Ok(Found { lanes, figures, notes, wrong }) => {
                this.failure = wrong.or_else(|| lanes.iter().find_map(Standing::complaint));
                (this.lanes, this.figures, this.notes) = (lanes, figures, notes);
            }
            Err(error) => this.failure = Some(error.to_string()),
        }
        this
    }
}

impl Standing {
    fn complaint(&self) -> Option<String> {
        let Self { lane, errors, first_error, .. } = self;
        let first = first_error.as_deref().unwrap_or_default();
        (*errors > 0).then(|| format!("{lane}: {errors} errors, the first: {first}"))
    }
}

impl Display for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{} ({:.0} s)", self.name, self.took_s)?;
        if !self.lanes.is_empty() {
            writeln!(
                f,
                "  {:<34} {:>7} {:>9} {:>10} {:>10} {:>9}  {:<18} {:<18} {:>6}  target",
                "",
                "clients",
                "req/s",
                "p50 us",
                "p99 us",
                "cpu us",
                "x by requests",
                "x by cpu",
                "errors"
            )?;
        }
        for lane in &self.lanes {
            write!(
                f,
                "  {:<34} {:>7} {:>9.0} {:>10.1} {:>10.1} {:>9.1}  {:<18} {:<18} {:>6}",
                lane.lane,
                lane.clients,
                lane.per_second.median,
                lane.p50_us.median,
                lane.p99_us.median,
                lane.cpu_us.median,
                Ratio(lane.ratio).to_string(),
                Ratio(lane.cpu_ratio).to_string(),
                lane.errors,
            )?;
            end_line(f, lane.target.as_deref(), lane.met)?;
        }
        for figure in &self.figures {
            write!(f, "  {:<64} {:>12.2} {:<8}", figure.what, figure.value, figure.unit)?;
            end_line(f, figure.target.as_deref(), figure.met)?;
        }
        for note in &self.notes {
            writeln!(f, "  {note}")?;
        }
        match &self.failure {
            Some(failure) => writeln!(f, "  FAILED: {failure}"),
            None => Ok(()),
        }
    }
}

fn end_line(f: &mut Formatter<'_>, target: Option<&str>, met: Option<bool>) -> fmt::Result {
    match (target, met) {
        (Some(target), Some(true)) => writeln!(f, "  {target}: met"),
        (Some(target), Some(false)) => writeln!(f, "  {target}: NOT met"),
        _ => writeln!(f),
    }
}

/// `0.50 [0.48-0.53]`
struct Ratio(Spread);

impl Display for Ratio {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Spread { median, min, max } = self.0;
        write!(f, "{median:.2} [{min:.2}-{max:.2}]")
    }
}
