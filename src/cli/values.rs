//! Values on the command line: names, times, sizes and percentages.

use crate::models::ModelKind;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::time::Duration;

/// One value that a flag accepts: its name, its help, and what it stands for.
pub(super) type Choice<T> = (&'static str, &'static str, T);

/// Accepts the name of one of `choices`.
pub(super) fn choice<T>(choices: &'static [Choice<T>]) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let possible = |(name, help, _): &Choice<T>| PossibleValue::new(*name).help(*help);
    PossibleValuesParser::new(choices.iter().map(possible)).map(|typed| {
        let (_, _, value) = choices
            .iter()
            .find(|(name, ..)| *name == typed)
            .expect("clap lets only the listed names pass");
        *value
    })
}

/// Accepts the name or the alias of a model.
pub(super) fn model() -> impl TypedValueParser<Value = ModelKind> {
    let possible = ModelKind::ALL.map(|kind| {
        let about = kind.about();
        let value = PossibleValue::new(about.name).help(about.who_waits);
        value.aliases(about.alias)
    });
    PossibleValuesParser::new(possible)
        .map(|typed| ModelKind::from_name(&typed).expect("clap lets only the listed names pass"))
}

/// `200ms`, `2s`, `1m 30s`; not zero, which would mean "never" for one flag and "at once" for another.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("must be more than zero".to_owned()),
        Ok(duration) if duration > Duration::from_secs(31_536_000) => {
            Err("must be at most a year".to_owned())
        }
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error} (write it like 200ms, 2s or 1m)")),
    }
}

/// As [`duration`], but zero is accepted.
pub(super) fn duration_or_zero(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Ok(Duration::ZERO),
        _ => duration(text),
    }
}

/// `4096`, `16k`, `1MiB`, all in powers of 1,024. At most 1 GiB: these are limits of one client, and the
/// codec allocates memory for a message as soon as its header announces the size.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let bytes = parse_size::Config::new()
        .with_binary()
        .parse_size(text)
        .map_err(|error| format!("{error} (write it like 4096, 16k or 1MiB)"))?;
    if bytes > 1 << 30 {
        return Err("must be at most 1GiB".to_owned());
    }
    Ok(bytes as usize)
}

/// `5`, `2.5`, `5%`: more than zero.
pub(super) fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse() {
        Ok(value) if value > 0.0 && value <= 1000.0 => Ok(value),
        _ => Err("must be a number above 0 and at most 1000".to_owned()),
    }
}
