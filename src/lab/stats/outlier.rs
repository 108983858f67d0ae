//! Rounds that lie apart, by Tukey's fences, as criterion classes them.
//!
//! They are named and never left out: a round in which the server stood still for a second is a finding
//! about the server, or about the machine, and only a person can say which.
//!
//! **Where it breaks:** fences need quartiles, and quartiles some values: of fewer than five rounds none
//! is called an outlier.

use super::quantile;

/// How far apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// More than 3 times the middle half's width below it.
    SevereLow,
    /// More than 1.5 times.
    MildLow,
    /// More than 1.5 times above it.
    MildHigh,
    /// More than 3 times.
    SevereHigh,
}

impl Kind {
    /// "a severe low outlier".
    pub fn words(self) -> &'static str {
        match self {
            Kind::SevereLow => "a severe low outlier",
            Kind::MildLow => "a mild low outlier",
            Kind::MildHigh => "a mild high outlier",
            Kind::SevereHigh => "a severe high outlier",
        }
    }
}

/// The values between which the middle half lies, and what lies apart, by place.
#[derive(Debug, Clone, PartialEq)]
pub struct Outliers {
    /// A quarter is below.
    pub first_quartile: f64,
    /// A quarter is above.
    pub third_quartile: f64,
    /// Place in the values, and how far apart.
    pub found: Vec<(usize, Kind)>,
}

/// Looks for them; `None` for fewer than five values.
pub fn find(values: &[f64]) -> Option<Outliers> {
    if values.len() < 5 {
        return None;
    }
    let (first, third) = (quantile(values, 0.25)?, quantile(values, 0.75)?);
    let width = third - first;
    let kind = |value: f64| match value {
        _ if value < first - 3.0 * width => Some(Kind::SevereLow),
        _ if value < first - 1.5 * width => Some(Kind::MildLow),
        _ if value > third + 3.0 * width => Some(Kind::SevereHigh),
        _ if value > third + 1.5 * width => Some(Kind::MildHigh),
        _ => None,
    };
    let indices = values.iter().enumerate();
    Some(Outliers {
        first_quartile: first,
        third_quartile: third,
        found: indices
            .filter_map(|(index, value)| Some((index, kind(*value)?)))
            .collect(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn outliers_are_classed_by_tukeys_fences() {
        // Quartiles 11 and 13, so the fences are at 8, 5, 16 and 19.
        let mut values = vec![10.0, 11.0, 11.0, 12.0, 12.0, 12.0, 13.0, 13.0, 14.0];
        assert!(find(&values).unwrap().found.is_empty());
        values[0] = 7.0;
        values[8] = 30.0;
        let kinds = find(&values).unwrap().found;
        assert_eq!(kinds, [(0, Kind::MildLow), (8, Kind::SevereHigh)]);
        assert_eq!(find(&values[..4]), None);
    }
}
