//! Invented people, firms and streets, full of å, ä and ö. Nobody here exists; every address ends in `example.se`.

pub(super) const FIRST: [&str; 36] = [
    "Åsa",
    "Örjan",
    "Märta",
    "Göran",
    "Kerstin",
    "Björn",
    "Elin",
    "Håkan",
    "Lovisa",
    "Östen",
    "Maj-Britt",
    "Sören",
    "Ylva",
    "Åke",
    "Frida",
    "Jörgen",
    "Linnéa",
    "Mårten",
    "Sara",
    "Torbjörn",
    "Äsa",
    "Nils",
    "Ebba",
    "Pär",
    "Hjördis",
    "Knut",
    "Agnes",
    "Ragnvald",
    "Siv",
    "André",
    "Gun",
    "Malin",
    "Vidar",
    "Zoë",
    "Tuva",
    "Anders",
];

pub(super) const LAST: [&str; 32] = [
    "Åkerström",
    "Öberg",
    "Ängquist",
    "Björklund",
    "Sjögren",
    "Lövgren",
    "Hägg",
    "Nyström",
    "Bäckman",
    "Sköld",
    "Wåhlin",
    "Rönnqvist",
    "af Ekenås",
    "Källström",
    "Fältskog",
    "Möller",
    "Törnros",
    "Vårdal",
    "Strömqvist",
    "Hallgård",
    "Gräns",
    "Lindåker",
    "O'Näs",
    "Dufvenberg",
    "Skärgård",
    "Ekwall",
    "Hedlöf",
    "Ståhle",
    "Tallbäck",
    "Granhöjd",
    "Mård",
    "Blåfjell",
];

/// Town and the first three digits of its postcodes.
pub(super) const TOWNS: [(&str, &str); 16] = [
    ("Västernäs", "879"),
    ("Åmål", "662"),
    ("Örnsköldsvik", "891"),
    ("Hjälmared", "441"),
    ("Malmö", "211"),
    ("Växjö", "352"),
    ("Göteborg", "413"),
    ("Umeå", "903"),
    ("Älmhult", "343"),
    ("Ängelholm", "262"),
    ("Luleå", "972"),
    ("Östhammar", "742"),
    ("Skövde", "541"),
    ("Håbo", "746"),
    ("Norrtälje", "761"),
    ("Mönsterås", "383"),
];

pub(super) const STREETS: [&str; 18] = [
    "Åbackavägen",
    "Örtagårdsgatan",
    "Ängsstigen",
    "Smedjegränd",
    "Kvarnbäcken",
    "Stora Södergatan",
    "Björkhöjden",
    "Lövsångarvägen",
    "Hästhagen",
    "Fågelsträcket",
    "Gröna gången",
    "Rönnbärsgatan",
    "Åsbovägen",
    "Näckrosvägen",
    "Äppelviken",
    "Skräddarbacken",
    "Tjärleden",
    "Mössebergsgatan",
];

pub(super) const FIRMS: [&str; 14] = [
    "Åströms Måleri & Bygg AB",
    "Restaurang Örtagården AB",
    "Hägerstads Gårdsbutik HB",
    "Väst Ångbageri AB",
    "Björk & Döttrar Snickeri AB",
    "Näckens Krog AB",
    "Förskolan Äppelblom ek. för.",
    "Södra Smedjan AB",
    "Kök för alla i Mönsterås AB",
    "Lövåsens Vandrarhem AB",
    "Tårtan & Vännerna AB",
    "Ö-bolaget Drift AB",
    "Skärgårdens Båtservice AB",
    "Gränslösa Trädgårdar AB",
];

pub(super) const GERMANS: [(&str, &str, &str, &str); 4] = [
    ("Jürgen", "Großmann", "Köln", "50667"),
    ("Käthe", "Müller", "Würzburg", "97070"),
    ("Anneliese", "Schröder", "Lübeck", "23552"),
    ("Björn", "Weiß", "Göttingen", "37073"),
];

pub(super) const GERMAN_STREETS: [&str; 3] = ["Gärtnerstraße", "Schloßallee", "Am Mühlbach"];

pub(super) const FINNISH_FIRMS: [(&str, &str, &str); 3] = [
    ("Äyräpään Keittiö Oy", "Tampere", "33100"),
    ("Skärgårdsköket i Åbo Ab", "Åbo", "20100"),
    ("Hämeen Puutarha Oy", "Hämeenlinna", "13100"),
];

pub(super) const GIFT_MESSAGES: [&str; 4] = [
    "Grattis på födelsedagen, Åke! ♥",
    "Tack för senast & välkomna åter",
    "Till mormor från Östen",
    "",
];

/// Letters that an e-mail address can do without their rings and dots.
pub(super) fn ascii(name: &str) -> String {
    name.chars()
        .filter_map(|letter| match letter.to_lowercase().next().unwrap_or(letter) {
            'å' | 'ä' => Some('a'),
            'ö' | 'ø' => Some('o'),
            'é' | 'ë' => Some('e'),
            'ü' => Some('u'),
            'ß' => Some('s'),
            letter if letter.is_ascii_alphanumeric() => Some(letter),
            _ => None,
        })
        .collect()
}
