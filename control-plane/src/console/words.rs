//! What the public pages say, in Swedish and in English. Every sentence exists in both, since both fill one struct.

/// The sentences of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) other_lang: &'static str,
    pub(super) other_href: &'static str,
    pub(super) other_title: &'static str,
    pub(super) start_href: &'static str,
    pub(super) start_title: &'static str,
    pub(super) start_heading: &'static str,
    pub(super) start_what: &'static str,
    pub(super) version: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) services: &'static str,
    pub(super) console_later: &'static str,
    pub(super) docs: &'static str,
    pub(super) docs_readme: &'static str,
    pub(super) docs_architecture: &'static str,
    pub(super) docs_proto: &'static str,
    pub(super) missing_title: &'static str,
    pub(super) missing_heading: &'static str,
    pub(super) missing_what: &'static str,
    pub(super) missing_back: &'static str,
}

/// The words of a language tag; Swedish unless English is asked for.
pub(super) fn words(lang: Option<&str>) -> &'static Words {
    if lang.is_some_and(|tag| tag.eq_ignore_ascii_case("en")) {
        &EN
    } else {
        &SV
    }
}

static SV: Words = Words {
    lang: "sv",
    other_lang: "en",
    other_href: "?lang=en",
    other_title: "In English",
    start_href: "/",
    start_title: "Start",
    start_heading: "Skarv är igång",
    start_what: "Den här servern flyttar order från butiker till ekonomisystem. Kunder, kopplingar och flöden sköts genom gRPC.",
    version: "Version",
    endpoint: "gRPC",
    services: "Visa tjänsterna",
    console_later: "Konsolen för webbläsare kommer senare. Till dess visar den här sidan inga uppgifter om kunder.",
    docs: "Läs mer",
    docs_readme: "kommer igång på några minuter",
    docs_architecture: "berättar hur allt hänger ihop",
    docs_proto: "är hela gränssnittet, med förklaringar",
    missing_title: "Sidan finns inte",
    missing_heading: "Sidan finns inte",
    missing_what: "Adressen leder ingenstans. Inget är raderat, kontrollera att den är rätt skriven.",
    missing_back: "Till start",
};

static EN: Words = Words {
    lang: "en",
    other_lang: "sv",
    other_href: "?lang=sv",
    other_title: "På svenska",
    start_href: "/?lang=en",
    start_title: "Start",
    start_heading: "Skarv is running",
    start_what: "This server moves orders from shops to accounting systems. Customers, connections and flows are set up over gRPC.",
    version: "Version",
    endpoint: "gRPC",
    services: "List the services",
    console_later: "The console for the browser comes later. Until then this page shows nothing about customers.",
    docs: "Read more",
    docs_readme: "gets you going in a few minutes",
    docs_architecture: "tells how it all fits together",
    docs_proto: "is the whole interface, explained",
    missing_title: "Page not found",
    missing_heading: "This page does not exist",
    missing_what: "The address leads nowhere. Nothing is deleted, check that it is spelled right.",
    missing_back: "To the start page",
};
