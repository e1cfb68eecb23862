//! What a client reads before it dares to post: financial years, accounts, VAT settings, VAT codes and
//! currencies. Years are calendar years around today: last year, this and next are open until somebody
//! closes one by hand, the one before them is closed, and further back there is none.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};
use uuid::Uuid;

use super::chart::{ACCOUNTS, Account, CURRENCIES, VAT_CODES, VAT_SETTINGS, VatSetting};
use super::errors::{Code, Flaw, Refusal};
use super::invoice::fraction;
use super::request::{Params, guid};
use super::state::{Books, Company};

type Listed = Result<Json<Value>, Refusal>;

/// Why nothing can be booked on a day.
pub(super) fn date_flaw(field: &str, date: NaiveDate, books: &Books, today: NaiveDate) -> Option<Flaw> {
    let (code, said) = match closed(date.year(), books, today) {
        None => (Code::YearMissing, "ligger utanför räkenskapsåren"),
        Some(true) => (Code::YearClosed, "ligger i ett stängt räkenskapsår"),
        Some(false) => return None,
    };
    Some(Flaw::new(code, field, format!("{date} {said}")))
}

/// Whether a year is closed; `None` when there is no such year.
fn closed(year: i32, books: &Books, today: NaiveDate) -> Option<bool> {
    match year - today.year() {
        _ if books.is_removed(year) => None,
        -1..=1 => Some(books.is_closed(year)),
        -2 => Some(true),
        _ => None,
    }
}

pub(super) async fn year_by_date(
    State(company): State<Arc<Company>>,
    Path((_, date)): Path<(String, String)>,
) -> Listed {
    let date: NaiveDate = date
        .parse()
        .map_err(|_| Refusal::problem("date", "datumet är inte giltigt"))?;
    let closed = closed(date.year(), &company.books(), company.today());
    let closed = closed.ok_or_else(|| Refusal::not_found("räkenskapsåret"))?;
    Ok(Json(json!({
        "financialYearId": year_id(&company, date.year()),
        "startDate": format!("{}-01-01", date.year()),
        "endDate": format!("{}-12-31", date.year()),
        "isClosed": closed,
        "version": 1,
        "rowVersion": 1,
    })))
}

fn year_id(company: &Company, year: i32) -> Uuid {
    Uuid::new_v5(
        &company.config.organization_id,
        format!("räkenskapsår {year}").as_bytes(),
    )
}

/// Active accounts unless `accountState=All`.
pub(super) async fn accounts(
    State(company): State<Arc<Company>>,
    Path((_, year)): Path<(String, String)>,
    params: Params,
) -> Listed {
    let year = guid("financialYearId", &year)?;
    let this_year = company.today().year();
    if !(this_year - 2..=this_year + 1).any(|known| year_id(&company, known) == year) {
        return Err(Refusal::not_found("räkenskapsåret"));
    }
    let wanted = Wanted::of(&params)?;
    let books = company.books();
    let found = ACCOUNTS.iter().filter(|account| wanted.fits(account, &books));
    Ok(Json(
        params
            .page()?
            .of(found.map(|account| account_shown(&company, account, &books)))
            .into(),
    ))
}

struct Wanted {
    from: u32,
    to: u32,
    inactive: bool,
}

impl Wanted {
    fn of(params: &Params) -> Result<Self, Refusal> {
        let number: Option<u32> = params.parsed("number")?;
        let from = number.or(params.parsed("minNumber")?).unwrap_or(0);
        let to = number.or(params.parsed("maxNumber")?).unwrap_or(u32::MAX);
        let inactive = match params.get("accountState") {
            None | Some("Active") => false,
            Some("All") => true,
            Some(_) => return Err(Refusal::problem("accountState", "Active eller All")),
        };
        Ok(Self { from, to, inactive })
    }

    fn fits(&self, account: &Account, books: &Books) -> bool {
        (self.from..=self.to).contains(&account.number) && (books.is_active(account) || self.inactive)
    }
}

fn account_shown(company: &Company, account: &Account, books: &Books) -> Value {
    json!({
        "accountId": id_of(company, "konto", account.number),
        "number": account.number,
        "name": account.name,
        "isActive": books.is_active(account),
        "vatSettingNumber": account.vat_setting,
        "version": 1,
        "rowVersion": 1,
    })
}

pub(super) async fn vat_settings(State(company): State<Arc<Company>>, params: Params) -> Listed {
    let shown = |setting: &VatSetting| {
        json!({
            "vatSettingId": id_of(&company, "momsinställning", setting.number),
            "number": setting.number,
            "name": setting.name,
            "percent": fraction(setting.rate()),
            "vatAccountNumber": setting.vat_account,
            "vatCodeNumber": setting.vat_code,
            "version": 1,
            "rowVersion": 1,
        })
    };
    Ok(Json(params.page()?.of(VAT_SETTINGS.iter().map(shown)).into()))
}

pub(super) async fn vat_codes(State(company): State<Arc<Company>>, params: Params) -> Listed {
    let fits = |(number, _): &&(&str, &str)| params.get("number").is_none_or(|wanted| wanted == *number);
    let shown = |(number, name): &(&str, &str)| {
        json!({
            "vatCodeId": id_of(&company, "momskod", number),
            "number": number,
            "name": name,
            "version": 1,
            "rowVersion": 1,
        })
    };
    Ok(Json(
        params.page()?.of(VAT_CODES.iter().filter(fits).map(shown)).into(),
    ))
}

pub(super) async fn currencies(State(company): State<Arc<Company>>, params: Params) -> Listed {
    let books = company.books();
    let shown = |(code, name): &(&str, &str)| json!({ "code": code, "name": name, "isActive": books.takes_currency(code) });
    Ok(Json(params.page()?.of(CURRENCIES.iter().map(shown)).into()))
}

fn id_of(company: &Company, kind: &str, key: impl std::fmt::Display) -> Uuid {
    Uuid::new_v5(
        &company.config.organization_id,
        format!("{kind} {key}").as_bytes(),
    )
}
