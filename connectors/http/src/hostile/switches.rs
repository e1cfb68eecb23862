//! When to answer badly: `next_NAME`, so many times from now on, and `NAME_every`, each n-th time, for every name of
//! [`Hostile::ALL`].
//!
//! Counts begin anew when a switch is set, so that a test knows which answer is hit. What is to happen so many times goes
//! first, and then the system is well again. `hostile_status` (200 unless set) is the status of bad answers,
//! `external_entity_url` where an external entity points.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Answer, Format, Hostile};

#[derive(Clone, Debug)]
pub struct Switches {
    due: Format,
    next: BTreeMap<Hostile, u64>,
    every: BTreeMap<Hostile, u64>,
    chances: BTreeMap<Hostile, u64>,
    served: BTreeMap<&'static str, u64>,
    status: u16,
    entity_url: String,
}

impl Switches {
    /// All off, for a system that speaks this.
    #[must_use]
    pub fn of(due: Format) -> Self {
        Self {
            due,
            next: BTreeMap::new(),
            every: BTreeMap::new(),
            chances: BTreeMap::new(),
            served: BTreeMap::new(),
            status: 200,
            entity_url: String::new(),
        }
    }

    /// Takes the switches that are named here out of these changes and sets them; the others are left.
    pub fn take(&mut self, changes: &mut Map<String, Value>) -> Result<(), String> {
        let named: Vec<String> = changes.keys().cloned().collect();
        for name in named {
            let Some(switch) = self.switch(&name) else {
                continue;
            };
            let value = changes.remove(&name).unwrap_or_default();
            set(switch, &value).ok_or_else(|| format!("{name} cannot be {value}"))?;
            self.chances.clear();
        }
        self.next.retain(|_, left| *left > 0);
        self.every.retain(|_, every| *every > 0);
        Ok(())
    }

    /// The switches that are on.
    #[must_use]
    pub fn shown(&self) -> Map<String, Value> {
        let next = self.next.iter();
        let next = next.map(|(hostile, left)| (format!("next_{}", hostile.name()), json!(left)));
        let every = self.every.iter();
        let every = every.map(|(hostile, every)| (format!("{}_every", hostile.name()), json!(every)));
        next.chain(every).collect()
    }

    /// How often each has been played.
    #[must_use]
    pub fn served(&self) -> &BTreeMap<&'static str, u64> {
        &self.served
    }

    pub fn forget_served(&mut self) {
        self.served.clear();
    }

    /// The bad answer that it is time for. Asked once for each request.
    pub fn strike(&mut self) -> Option<Answer> {
        let all = Hostile::ALL.iter().map(|(hostile, _)| *hostile);
        let due: Vec<Hostile> = all
            .filter(|hostile| *hostile != Hostile::ResetOnAccept && self.strikes(*hostile))
            .collect();
        let hostile = *due.first()?;
        self.serve(hostile);
        Some(Answer {
            hostile,
            due: self.due,
            status: self.status,
            entity_url: self.entity_url.clone(),
        })
    }

    /// Whether a new connection is to be reset. Asked once for each.
    pub fn strike_accepted(&mut self) -> bool {
        let strikes = self.strikes(Hostile::ResetOnAccept);
        if strikes {
            self.serve(Hostile::ResetOnAccept);
        }
        strikes
    }

    fn strikes(&mut self, hostile: Hostile) -> bool {
        if let Some(left @ 1..) = self.next.get_mut(&hostile) {
            *left -= 1;
            return true;
        }
        let Some(every) = self.every.get(&hostile) else {
            return false;
        };
        let chances = self.chances.entry(hostile).or_default();
        *chances += 1;
        chances.is_multiple_of(*every)
    }

    fn serve(&mut self, hostile: Hostile) {
        *self.served.entry(hostile.name()).or_default() += 1;
    }

    fn switch(&mut self, name: &str) -> Option<Switch<'_>> {
        let known = |name: &str| {
            Hostile::ALL
                .iter()
                .find(|(_, known)| *known == name)
                .map(|(h, _)| *h)
        };
        match name {
            "hostile_status" => return Some(Switch::Status(&mut self.status)),
            "external_entity_url" => return Some(Switch::Url(&mut self.entity_url)),
            _ => {}
        }
        if let Some(hostile) = name.strip_prefix("next_").and_then(known) {
            return Some(Switch::Count(self.next.entry(hostile).or_default()));
        }
        let hostile = name.strip_suffix("_every").and_then(known)?;
        Some(Switch::Count(self.every.entry(hostile).or_default()))
    }
}

enum Switch<'a> {
    Count(&'a mut u64),
    Status(&'a mut u16),
    Url(&'a mut String),
}

fn set(switch: Switch<'_>, value: &Value) -> Option<()> {
    match switch {
        Switch::Count(count) => *count = value.as_u64()?,
        Switch::Status(status) => {
            *status = u16::try_from(value.as_u64()?)
                .ok()
                .filter(|s| (200..600).contains(s))?
        }
        Switch::Url(url) => value.as_str()?.clone_into(url),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switches(changes: Value) -> Switches {
        let mut switches = Switches::of(Format::Json);
        let Value::Object(mut changes) = changes else {
            panic!("an object")
        };
        switches.take(&mut changes).expect("known switches");
        assert!(changes.is_empty(), "{changes:?}");
        switches
    }

    fn struck(switches: &mut Switches, times: usize) -> Vec<&'static str> {
        let strikes = (0..times).map(|_| switches.strike().map_or("", |answer| answer.hostile.name()));
        strikes.collect()
    }

    #[test]
    fn every_name_is_a_switch_and_comes_as_often_as_it_was_ordered() {
        for (hostile, name) in Hostile::ALL {
            let mut switches = switches(json!({ format!("next_{name}"): 1, format!("{name}_every"): 0 }));
            if hostile == Hostile::ResetOnAccept {
                assert!(switches.strike_accepted() && !switches.strike_accepted());
            }
            let expected = if hostile == Hostile::ResetOnAccept {
                ""
            } else {
                name
            };
            assert_eq!(struck(&mut switches, 2), [expected, ""], "{name}");
        }
    }

    #[test]
    fn every_third_answer_is_hit_and_what_is_ordered_goes_first() {
        let mut switches = switches(json!({ "html_every": 3, "next_empty": 1 }));
        assert_eq!(struck(&mut switches, 6), ["empty", "", "html", "", "", "html"]);
        assert_eq!(switches.served()["html"], 2);
    }

    #[test]
    fn a_switch_that_is_none_is_left_and_a_value_that_is_none_is_refused() {
        let mut switches = Switches::of(Format::Xml);
        let mut changes = Map::from_iter([("next_html_page".to_owned(), json!(1))]);
        switches.take(&mut changes).expect("nothing of ours");
        assert_eq!(changes.len(), 1);
        let mut wrong = Map::from_iter([("next_html".to_owned(), json!("often"))]);
        assert!(switches.take(&mut wrong).is_err());
    }
}
