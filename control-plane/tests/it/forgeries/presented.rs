//! Forgeries by how a token is handed over: in the wrong place, twice, in pieces; and opaque tokens that are almost one.
//!
//! The token inside is a good one, so a door that looked elsewhere or read leniently would open.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// A way of handing over a token.
pub(super) struct Presented {
    pub(super) name: String,
    pub(super) headers: HeaderMap,
    query: String,
}

impl Presented {
    pub(super) fn bearer(name: String, token: &str) -> Self {
        Self::of(
            name,
            &[(header::AUTHORIZATION, format!("Bearer {token}").as_bytes())],
        )
    }

    fn of(name: impl Into<String>, headers: &[(HeaderName, &[u8])]) -> Self {
        let name = name.into();
        let mut map = HeaderMap::new();
        for (header, value) in headers {
            let value = HeaderValue::from_bytes(value).unwrap_or_else(|error| panic!("{name}: {error}"));
            map.append(header, value);
        }
        Self {
            name,
            headers: map,
            query: String::new(),
        }
    }

    pub(super) fn path(&self, method: &str) -> String {
        format!("/{method}{}", self.query)
    }

    /// What tells it from every other.
    pub(super) fn as_sent(&self, method: &str) -> String {
        format!("{} {:?}", self.path(method), self.headers)
    }
}

/// A good token, handed over as nobody should.
pub(super) fn oddly(good: &str, other: &str) -> Vec<Presented> {
    let mut all = vec![Presented::of("no token", &[])];
    all.extend(odd_schemes(good));
    all.extend(odd_shapes(good, other));
    all.extend(elsewhere(good));
    all.extend(in_the_query(good));
    all.extend(twice(good, other));
    all
}

fn authorization(name: &str, value: impl AsRef<[u8]>) -> Presented {
    Presented::of(name, &[(header::AUTHORIZATION, value.as_ref())])
}

fn odd_schemes(good: &str) -> Vec<Presented> {
    vec![
        authorization("no scheme", good),
        authorization("an empty value", ""),
        authorization("a scheme alone", "Bearer"),
        authorization("a scheme and spaces", "Bearer    "),
        authorization("Basic", format!("Basic {good}")),
        authorization("Digest", format!("Digest {good}")),
        authorization("DPoP", format!("DPoP {good}")),
        authorization("Token", format!("Token {good}")),
        authorization("Bearer with a colon", format!("Bearer: {good}")),
        authorization("Bearer with an equals sign", format!("Bearer={good}")),
        authorization("Bearer grown together", format!("Bearer{good}")),
        authorization("Bearer with a tab", format!("Bearer\t{good}")),
        authorization("Bearer with letters from elsewhere", format!("Вearer {good}")),
        authorization("a scheme before the scheme", format!("Basic Bearer {good}")),
        authorization("the scheme twice", format!("Bearer Bearer {good}")),
    ]
}

fn odd_shapes(good: &str, other: &str) -> Vec<Presented> {
    let middle = good.len() / 2;
    let (start, end) = good.split_at(middle);
    let head = good.split('.').next().unwrap_or_default();
    let shapes = [
        ("in quotes", format!("\"{good}\"")),
        ("with a dot before", format!(".{good}")),
        ("with a dot after", format!("{good}.")),
        ("with a comma after", format!("{good},")),
        ("with an equals sign after", format!("{good}=")),
        ("with a fourth part", format!("{good}.AAAA")),
        ("in five parts", format!("{good}.AAAA.AAAA")),
        ("with a space inside", format!("{start} {end}")),
        ("with a tab inside", format!("{start}\t{end}")),
        ("with a percent sign inside", format!("{start}%2E{end}")),
        ("with another token after it", format!("{good} {other}")),
        (
            "with another token after a comma",
            format!("{good},Bearer {other}"),
        ),
        (
            "the beginning of its first part",
            head[..head.len() / 2].to_owned(),
        ),
        ("two dots", "..".to_owned()),
        ("one word", "null".to_owned()),
        ("turned round", good.chars().rev().collect()),
        ("in other letters", swapped(good)),
        ("with a letter from elsewhere", format!("{start}é{end}")),
        ("twelve kilobytes of letters", "A".repeat(12 * 1024)),
        ("four thousand dots", ".".repeat(4_000)),
    ];
    let mut all: Vec<_> = shapes
        .into_iter()
        .map(|(name, token)| Presented::bearer(format!("a good token, {name}"), &token))
        .collect();
    let raw = [
        b"Bearer ".as_slice(),
        start.as_bytes(),
        &[0xff, 0xfe],
        end.as_bytes(),
    ]
    .concat();
    all.push(authorization("a good token with bytes that are no text", raw));
    all
}

/// Capitals and small letters exchanged.
fn swapped(text: &str) -> String {
    let swap = |letter: char| match letter.is_ascii_lowercase() {
        true => letter.to_ascii_uppercase(),
        false => letter.to_ascii_lowercase(),
    };
    text.chars().map(swap).collect()
}

fn elsewhere(good: &str) -> Vec<Presented> {
    let names = [
        "proxy-authorization",
        "x-authorization",
        "x-forwarded-authorization",
        "grpc-metadata-authorization",
        "authorization-bin",
        "authentication",
        "x-api-key",
        "x-access-token",
        "token",
        "cookie",
        "forwarded",
    ];
    let bearer = format!("Bearer {good}");
    names
        .into_iter()
        .map(|name| {
            Presented::of(
                format!("in `{name}`"),
                &[(HeaderName::from_static(name), bearer.as_bytes())],
            )
        })
        .collect()
}

fn in_the_query(good: &str) -> Vec<Presented> {
    ["access_token", "authorization", "token"]
        .into_iter()
        .map(|name| Presented {
            query: format!("?{name}={good}"),
            ..Presented::of(format!("in the query as `{name}`"), &[])
        })
        .collect()
}

fn twice(good: &str, other: &str) -> Vec<Presented> {
    let (good, other) = (format!("Bearer {good}"), format!("Bearer {other}"));
    let both = |first: &str, second: &str| {
        [first, second].map(|value| (header::AUTHORIZATION, value.as_bytes().to_vec()))
    };
    let pair = |name: &str, first: &str, second: &str| {
        let headers = both(first, second);
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_slice()))
            .collect();
        Presented::of(format!("two headers: {name}"), &headers)
    };
    vec![
        pair("the good one first", &good, &other),
        pair("the good one last", &other, &good),
        pair("the good one first, then nothing", &good, ""),
        pair("the good one first, then another scheme", &good, "Basic AAAA"),
        pair("the same one", &good, &good),
    ]
}

/// Pool tokens that are almost one.
pub(super) fn opaque(pool_token: &str) -> Vec<(String, String)> {
    let cut = &pool_token[..pool_token.len() - 1];
    let last = if pool_token.ends_with('A') { "E" } else { "A" };
    let (lead, secret) = pool_token.split_at("skarv_pool_0123456789ab_".len());
    let forged = [
        ("with another end", format!("{cut}{last}")),
        ("cut short", cut.to_owned()),
        ("longer", format!("{pool_token}A")),
        ("without its secret", lead.to_owned()),
        ("with an empty lead", format!("skarv_pool__{secret}")),
        ("in capitals", pool_token.to_uppercase()),
        ("said to be an API key", pool_token.replacen("pool", "key", 1)),
        ("with a wildcard", format!("skarv_pool_%%%%%%%%%%%%_{secret}")),
        ("with SQL in it", format!("skarv_pool_' OR 1=1 -- _{secret}")),
    ];
    forged
        .map(|(name, token)| (format!("a pool token {name}"), token))
        .to_vec()
}
