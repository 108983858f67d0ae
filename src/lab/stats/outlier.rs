//! Rounds that lie far from the others, by Tukey's fences, with criterion's names.
//!
//! They are named and never left out. A round in which the server stood still for a second says something
//! about the server, or about the machine, and only a person can tell which.
//!
//! **Where it breaks:** fences need quartiles, and quartiles need several values. With fewer than five
//! rounds, none is called an outlier.

use super::quantile;

/// The quartiles, and the values far from them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outliers {
    pub(super) first_quartile: f64,
    pub(super) third_quartile: f64,
    /// Index into the values, and what it is: "a severe low outlier".
    pub(super) found: Vec<(usize, &'static str)>,
}

/// `None` for fewer than five values.
pub(super) fn find(values: &[f64]) -> Option<Outliers> {
    if values.len() < 5 {
        return None;
    }
    let (first, third) = (quantile(values, 0.25)?, quantile(values, 0.75)?);
    let width = third - first;
    let kind = |value: f64| match value {
        _ if value < first - 3.0 * width => Some("a severe low outlier"),
        _ if value < first - 1.5 * width => Some("a mild low outlier"),
        _ if value > third + 3.0 * width => Some("a severe high outlier"),
        _ if value > third + 1.5 * width => Some("a mild high outlier"),
        _ => None,
    };
    let indexed = values.iter().enumerate();
    Some(Outliers {
        first_quartile: first,
        third_quartile: third,
        found: indexed
            .filter_map(|(index, value)| Some((index, kind(*value)?)))
            .collect(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn outliers_are_classified_by_tukeys_fences() {
        // The quartiles are 11 and 13, so the fences are at 8, 5, 16 and 19.
        let mut values = vec![10.0, 11.0, 11.0, 12.0, 12.0, 12.0, 13.0, 13.0, 14.0];
        assert!(find(&values).unwrap().found.is_empty());
        values[0] = 7.0;
        values[8] = 30.0;
        let kinds = find(&values).unwrap().found;
        let expected = [(0, "a mild low outlier"), (8, "a severe high outlier")];
        assert_eq!(kinds, expected);
        assert_eq!(find(&values[..4]), None);
    }
}
