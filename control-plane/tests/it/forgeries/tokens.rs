//! Forged tokens by what they say and how they are signed. Those that our own key signed show that the claims are checked
//! as well: nobody can make them, but a mistake of ours could.

use aws_lc_rs::hmac as mac;
use serde_json::{Value, json};

use super::workshop::{Genuine, Workshop, b64, hmac, malleable};

type Named = (String, String);

/// Every forgery of a token, by name. `other` is a good token for other doors.
pub(super) fn forged(workshop: &Workshop, genuine: &Genuine, other: &Genuine) -> Vec<Named> {
    [
        unsigned(genuine),
        by_hmac(workshop, genuine),
        by_other_keys(workshop, genuine),
        by_key_id(workshop, genuine),
        by_own_key_brought_along(workshop, genuine),
        by_other_headers(genuine),
        by_signature(genuine, other),
        by_changed_claims(genuine, other),
        truly_signed_headers(workshop, genuine),
        truly_signed_claims(workshop, genuine, other),
        truly_signed_nonsense(workshop, genuine),
    ]
    .concat()
}

fn named(kind: &str, tokens: impl IntoIterator<Item = (impl ToString, String)>) -> Vec<Named> {
    let name = |(name, token): (_, String)| (format!("{kind}: {}", ToString::to_string(&name)), token);
    tokens.into_iter().map(name).collect()
}

/// Another header over the same claims and signature.
fn reheaded(genuine: &Genuine, header: &str) -> String {
    let [_, claims, signature] = genuine.parts();
    format!("{}.{claims}.{signature}", b64(header))
}

fn unsigned(genuine: &Genuine) -> Vec<Named> {
    let [_, claims, signature] = genuine.parts();
    let algorithms = [
        json!("none"),
        json!("None"),
        json!("NONE"),
        json!("nOnE"),
        json!(" none"),
        json!(""),
        json!("null"),
        Value::Null,
        json!(0),
        json!(["none"]),
        json!(["EdDSA"]),
        json!({ "name": "EdDSA" }),
    ];
    let bare = algorithms.iter().map(|algorithm| {
        let header = genuine.header_with(json!({ "alg": algorithm }));
        (algorithm, format!("{}.{claims}.", b64(header)))
    });
    let mut all = named("no signature, alg", bare);
    let kept = genuine.header_with(json!({ "alg": "none" }));
    let nothing = format!(r#"{{"typ":"JWT","kid":{}}}"#, genuine.header["kid"]);
    all.extend(named(
        "alg",
        [
            (
                "none over the true signature",
                format!("{}.{claims}.{signature}", b64(&kept)),
            ),
            ("none in two parts", format!("{}.{claims}", b64(&kept))),
            ("missing", format!("{}.{claims}.{signature}", b64(nothing))),
            (
                "in an empty header",
                format!("{}.{claims}.{signature}", b64("{}")),
            ),
        ],
    ));
    all
}

fn by_hmac(workshop: &Workshop, genuine: &Genuine) -> Vec<Named> {
    let algorithms = [
        ("HS256", mac::HMAC_SHA256),
        ("HS384", mac::HMAC_SHA384),
        ("HS512", mac::HMAC_SHA512),
    ];
    let forge = |(name, algorithm): (&str, mac::Algorithm)| {
        let header = genuine.header_with(json!({ "alg": name }));
        let keys = workshop.hmac_keys().into_iter();
        let tokens =
            keys.map(|(key_name, key)| (key_name, hmac(algorithm, &key, &header, &genuine.claims())));
        named(name, tokens)
    };
    algorithms.into_iter().flat_map(forge).collect()
}

fn by_other_keys(workshop: &Workshop, genuine: &Genuine) -> Vec<Named> {
    let claims = genuine.claims();
    let as_alg = |alg: &str| genuine.header_with(json!({ "alg": alg }));
    let tokens = [
        ("Ed25519", workshop.falsely(&as_alg("EdDSA"), &claims)),
        (
            "Ed25519 by its newer name",
            workshop.falsely(&as_alg("Ed25519"), &claims),
        ),
        ("RSA", workshop.rsa(&as_alg("RS256"), &claims)),
        ("RSA said to be ours", workshop.rsa(&as_alg("EdDSA"), &claims)),
        ("RSA-PSS", workshop.rsa_pss(&as_alg("PS256"), &claims)),
        ("P-256", workshop.elliptic(&as_alg("ES256"), &claims)),
        (
            "P-256 said to be ours",
            workshop.elliptic(&as_alg("EdDSA"), &claims),
        ),
    ];
    named("the forger's own key under our id", tokens)
}

fn by_key_id(workshop: &Workshop, genuine: &Genuine) -> Vec<Named> {
    let (kid, claims) = (&workshop.kid, genuine.claims());
    let ids = [
        json!(""),
        json!("unknown"),
        json!("../../../../dev/null"),
        json!("/dev/null"),
        json!("/proc/sys/kernel/randomize_va_space"),
        json!("x' OR '1'='1"),
        json!("x' UNION SELECT 'AAAA' -- "),
        json!(format!("{kid}'; DROP TABLE signing_key; --")),
        json!(workshop.their_url()),
        json!(format!("{kid}\u{0}")),
        json!(format!("{kid} ")),
        json!(format!("{kid}/../{kid}")),
        json!("%00"),
        json!("*"),
        json!("k".repeat(8_000)),
        json!([kid]),
        json!({ "kid": kid }),
        json!(0),
        json!(true),
        Value::Null,
    ];
    let tokens = ids.into_iter().map(|id| {
        let header = genuine.header_with(json!({ "kid": id }));
        let name: String = id.to_string().chars().take(60).collect();
        (name, workshop.falsely(&header, &claims))
    });
    let mut all = named("key id", tokens);
    let twice = format!(r#"{{"alg":"EdDSA","kid":"{kid}","kid":"unknown"}}"#);
    let missing = r#"{"typ":"JWT","alg":"EdDSA"}"#;
    let null_file = genuine.header_with(json!({ "alg": "HS256", "kid": "/dev/null" }));
    all.extend(named(
        "key id",
        [
            ("twice", workshop.falsely(&twice, &claims)),
            ("missing", workshop.falsely(missing, &claims)),
            (
                "of an empty file",
                hmac(mac::HMAC_SHA256, b"", &null_file, &claims),
            ),
        ],
    ));
    all
}

fn by_own_key_brought_along(workshop: &Workshop, genuine: &Genuine) -> Vec<Named> {
    let (url, jwk, claims) = (workshop.their_url(), workshop.their_jwk(), genuine.claims());
    let certificate = b64([0x30; 64]);
    let pointers = [
        json!({ "jku": url }),
        json!({ "x5u": url }),
        json!({ "jwk": jwk }),
        json!({ "x5c": [certificate] }),
        json!({ "jwk": jwk, "kid": "theirs" }),
        json!({ "jku": url, "kid": "theirs" }),
        json!({ "x5u": url, "x5c": [certificate], "jwk": jwk, "jku": url }),
    ];
    let tokens = pointers.into_iter().map(|pointer| {
        let token = workshop.falsely(&genuine.header_with(pointer.clone()), &claims);
        (pointer, token)
    });
    named("a key brought along", tokens)
}

fn by_other_headers(genuine: &Genuine) -> Vec<Named> {
    let changes = [
        json!({ "crit": ["exp"] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "b64": false }),
        json!({ "typ": "JWE" }),
        json!({ "typ": ["JWT"] }),
        json!({ "typ": Value::Null }),
        json!({ "cty": "JWT" }),
        json!({ "zip": "DEF" }),
        json!({ "enc": "A256GCM" }),
        json!({ "alg": "eddsa" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "ES256" }),
    ];
    let tokens = changes
        .into_iter()
        .map(|change| (change.clone(), reheaded(genuine, &genuine.header_with(change))));
    let mut all = named("header", tokens);
    all.extend(named(
        "header",
        [
            ("that is no JSON", reheaded(genuine, "alg=EdDSA")),
            ("that is a list", reheaded(genuine, r#"["EdDSA"]"#)),
            ("that is null", reheaded(genuine, "null")),
        ],
    ));
    all
}

fn by_signature(genuine: &Genuine, other: &Genuine) -> Vec<Named> {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, Engine};
    let [header, claims, text] = genuine.parts();
    let (signature, borrowed) = (&genuine.signature, other.parts()[2]);
    let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let longer = [signature.as_slice(), &[0]].concat();
    let doubled = [signature.as_slice(), signature].concat();
    let reversed: Vec<u8> = signature.iter().rev().copied().collect();
    let tokens = [
        ("empty", String::new()),
        ("cut short", b64(&signature[..63])),
        ("half", b64(&signature[..32])),
        ("longer", b64(longer)),
        ("doubled", b64(doubled)),
        ("zero", b64([0; 64])),
        ("reversed", b64(reversed)),
        ("in its other form", b64(malleable(signature))),
        ("with spare bits set", spare_bits(text)),
        ("of another token", borrowed.to_owned()),
        ("padded", BASE64_URL_SAFE.encode(signature)),
        ("in standard base64", BASE64_STANDARD.encode(signature)),
        ("in hex", hex),
        ("the word", "signature".to_owned()),
    ];
    // about one signature in fifteen has neither - nor _, and then both alphabets write it alike
    let padded = BASE64_URL_SAFE.encode(signature);
    let tokens = tokens
        .into_iter()
        .filter(|(name, sent)| *name != "in standard base64" || *sent != padded);
    named(
        "signature",
        tokens.map(|(name, sent)| (name, format!("{header}.{claims}.{sent}"))),
    )
}

/// The last character carries bits that belong to no byte: another one for the same bytes.
fn spare_bits(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (body, last) = text.split_at(text.len() - 1);
    let value = ALPHABET.find(last).unwrap();
    format!("{body}{}", &ALPHABET[value + 1..=value + 1])
}

/// Claims as a forger would like them, under the signature of the true ones.
fn by_changed_claims(genuine: &Genuine, other: &Genuine) -> Vec<Named> {
    let id = "019ab0c0-0000-7000-8000-000000000001";
    let changes = [
        json!({ "role": "admin", "name": "more" }),
        json!({ "role": "agent", "name": "more" }),
        json!({ "sub": id }),
        json!({ "tenant": id }),
        json!({ "partner": id }),
        json!({ "agent": id, "pool": id }),
        json!({ "exp": 9_999_999_999_i64 }),
        json!({ "iat": 9_999_999_999_i64 }),
        json!({ "aud": other.claims["aud"] }),
        json!({ "aud": [genuine.claims["aud"], other.claims["aud"]] }),
        json!({ "iss": "skarv.example" }),
    ];
    let [header, _, signature] = genuine.parts();
    let under = |claims: &str| format!("{header}.{}.{signature}", b64(claims));
    let tokens = changes.map(|change| (change.clone(), under(&genuine.claims_with(change))));
    let mut all = named("changed", tokens);
    let spaced = genuine.claims().replace("\",", "\", ");
    let twice = genuine.claims().replacen('{', r#"{"role":"admin","#, 1);
    all.extend(named(
        "changed",
        [
            ("only in spaces", under(&spaced)),
            ("by a second role", under(&twice)),
        ],
    ));
    all
}

fn truly_signed_headers(workshop: &Workshop, genuine: &Genuine) -> Vec<Named> {
    let changes = [
        json!({ "crit": ["exp"] }),
        json!({ "crit": [] }),
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "b64": false }),
        json!({ "jku": workshop.their_url() }),
        json!({ "x5u": workshop.their_url() }),
        json!({ "jwk": workshop.their_jwk() }),
        json!({ "cty": "JWT" }),
        json!({ "zip": "DEF" }),
        json!({ "alg": "eddsa" }),
        json!({ "alg": "RS256" }),
        json!({ "kid": "unknown" }),
        json!({ "kid": Value::Null }),
    ];
    let claims = genuine.claims();
    let tokens = changes.map(|change| {
        (
            change.clone(),
            workshop.truly(&genuine.header_with(change), &claims),
        )
    });
    named("truly signed, header", tokens)
}

fn truly_signed_claims(workshop: &Workshop, genuine: &Genuine, other: &Genuine) -> Vec<Named> {
    let header = genuine.header_with(json!({}));
    let ours = genuine.claims["aud"].clone();
    let changes = [
        json!({ "exp": "9999999999" }),
        json!({ "exp": -1 }),
        json!({ "exp": 0 }),
        json!({ "exp": 9_999_999_999.5 }),
        json!({ "exp": Value::Null }),
        json!({ "exp": [9_999_999_999_i64] }),
        json!({ "exp": 1_700_000_000 }),
        json!({ "exp": u64::MAX }),
        json!({ "nbf": 9_999_999_999_i64 }),
        json!({ "nbf": "0" }),
        json!({ "iat": "now" }),
        json!({ "iss": "skarv.example" }),
        json!({ "iss": "" }),
        json!({ "iss": ["skarv"] }),
        json!({ "aud": other.claims["aud"] }),
        json!({ "aud": [ours] }),
        json!({ "aud": [ours, other.claims["aud"]] }),
        json!({ "aud": "" }),
        json!({ "aud": Value::Null }),
        json!({ "role": other.claims["role"] }),
        json!({ "role": "root" }),
        json!({ "role": "Admin" }),
        json!({ "role": ["admin"] }),
        json!({ "sub": "admin" }),
        json!({ "sub": 1 }),
        json!({ "tenant": "bagarn" }),
    ];
    let tokens = changes.map(|change| {
        (
            change.clone(),
            workshop.truly(&header, genuine.claims_with(change)),
        )
    });
    let mut all = named("truly signed", tokens);
    let missing = ["exp", "nbf", "iss", "aud", "sub", "role"]
        .map(|name| (name, workshop.truly(&header, genuine.claims_without(name))));
    all.extend(named("truly signed, missing", missing));
    all
}

fn truly_signed_nonsense(workshop: &Workshop, genuine: &Genuine) -> Vec<Named> {
    let header = genuine.header_with(json!({}));
    let before = |more: &str| genuine.claims().replacen('{', &format!("{{{more},"), 1);
    let claims = [
        ("no claims", String::new()),
        ("an empty object", "{}".to_owned()),
        ("null", "null".to_owned()),
        ("a list", format!("[{}]", genuine.claims())),
        ("a text", format!("{:?}", genuine.claims())),
        ("a second role", before(r#""role":"admin""#)),
        ("a second end", before(r#""exp":9999999999"#)),
        (
            "an infinite end",
            genuine
                .claims_with(json!({ "exp": 0 }))
                .replace("\"exp\":0", "\"exp\":1e999"),
        ),
        ("something after the claims", format!("{} {{}}", genuine.claims())),
        ("a byte order mark", format!("\u{feff}{}", genuine.claims())),
        ("deep lists", before(&format!(r#""x":{}"#, "[".repeat(4_000)))),
        ("another token inside", genuine.token.clone()),
    ];
    named(
        "truly signed",
        claims.map(|(name, claims)| (name, workshop.truly(&header, claims))),
    )
}
