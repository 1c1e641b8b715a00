//! Which column of a file is what: by its heading in several languages, else by what stands in it.

use domain::bulk::GivenRefund;
use domain::card_number::mask_card_numbers;
use export::reading::{GivenCell, GivenRow, GivenTable};

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BulkColumn {
    /// An id of the payment, of the payer's intention, of an earlier refund, or our own.
    Payment,
    /// The payer's email address.
    Email,
    /// How much.
    Amount,
    /// In which currency.
    Currency,
    /// When it was paid.
    Date,
    /// The order's id.
    Order,
    /// Why.
    Reason,
    /// An internal note.
    Note,
}

impl BulkColumn {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Payment,
        Self::Email,
        Self::Amount,
        Self::Currency,
        Self::Date,
        Self::Order,
        Self::Reason,
        Self::Note,
    ];

    /// Headings in English, German, French, Spanish, Italian, Dutch and Portuguese, in small letters and
    /// without anything but letters and digits. A heading that says more exactly what is meant comes first.
    fn headings(self) -> &'static [&'static str] {
        match self {
            Self::Payment => &[
                "paymentid",
                "chargeid",
                "payment",
                "charge",
                "paymentintent",
                "paymentintentid",
                "stripeid",
                "stripepaymentid",
                "stripechargeid",
                "transactionid",
                "transaction",
                "refundid",
                "id",
                "zahlung",
                "zahlungsid",
                "zahlungsnummer",
                "transaktion",
                "transaktionsid",
                "paiement",
                "idpaiement",
                "idtransaction",
                "pago",
                "idpago",
                "iddepago",
                "idtransaccion",
                "pagamento",
                "idpagamento",
                "idtransazione",
                "betaling",
                "betalingsid",
                "transactieid",
            ],
            Self::Email => &[
                "email",
                "emailaddress",
                "mail",
                "customeremail",
                "receiptemail",
                "billingemail",
                "buyeremail",
                "kunde",
                "kundenemail",
                "emailadresse",
                "mailadresse",
                "adressemail",
                "courriel",
                "emailclient",
                "correo",
                "correoelectronico",
                "correoelectrónico",
                "emailcliente",
                "indirizzoemail",
                "posta",
                "eemail",
                "emailadres",
                "enderecodeemail",
                "endereçodeemail",
                "customer",
            ],
            Self::Amount => &[
                "refundamount",
                "amounttorefund",
                "torefund",
                "amount",
                "refund",
                "total",
                "sum",
                "value",
                "betrag",
                "erstattung",
                "erstattungsbetrag",
                "rückerstattung",
                "ruckerstattung",
                "summe",
                "montant",
                "montantàrembourser",
                "montantarembourser",
                "remboursement",
                "importe",
                "monto",
                "cantidad",
                "reembolso",
                "importo",
                "rimborso",
                "bedrag",
                "terugbetaling",
                "valor",
                "quantia",
            ],
            Self::Currency => &[
                "currency",
                "currencycode",
                "curr",
                "iso",
                "währung",
                "waehrung",
                "wahrung",
                "devise",
                "monnaie",
                "moneda",
                "divisa",
                "valuta",
                "moeda",
            ],
            Self::Date => &[
                "paymentdate",
                "date",
                "created",
                "createdutc",
                "createdat",
                "paidat",
                "paidon",
                "chargedate",
                "datum",
                "zahlungsdatum",
                "bezahltam",
                "kaufdatum",
                "datedepaiement",
                "datepaiement",
                "fecha",
                "fechadepago",
                "data",
                "datapagamento",
                "betaaldatum",
                "datadopagamento",
            ],
            Self::Order => &[
                "orderid",
                "ordernumber",
                "orderno",
                "order",
                "ordername",
                "orderref",
                "orderreference",
                "invoice",
                "invoiceid",
                "invoicenumber",
                "reference",
                "bestellung",
                "bestellnummer",
                "bestellnr",
                "bestellid",
                "auftrag",
                "auftragsnummer",
                "rechnungsnummer",
                "referenz",
                "commande",
                "numérodecommande",
                "numerodecommande",
                "nocommande",
                "pedido",
                "númerodepedido",
                "numerodepedido",
                "idpedido",
                "ordine",
                "numeroordine",
                "idordine",
                "bestelling",
                "bestelnummer",
                "encomenda",
            ],
            Self::Reason => &[
                "refundreason",
                "reason",
                "grund",
                "erstattungsgrund",
                "raison",
                "motif",
                "motivo",
                "razón",
                "razon",
                "causale",
                "reden",
            ],
            Self::Note => &[
                "note",
                "notes",
                "comment",
                "comments",
                "memo",
                "remark",
                "ticket",
                "notiz",
                "bemerkung",
                "kommentar",
                "anmerkung",
                "remarque",
                "commentaire",
                "nota",
                "notas",
                "comentario",
                "observaciones",
                "commento",
                "opmerking",
                "notitie",
                "observação",
                "observacao",
                "comentário",
            ],
        }
    }
}

/// What the columns of a file are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Whether the first row holds the names of the columns.
    pub has_names: bool,
    /// What each column is; none where it is nothing of use.
    pub columns: Vec<Option<BulkColumn>>,
}

impl Mapping {
    /// Whether some column is this.
    pub fn has(&self, column: BulkColumn) -> bool {
        self.columns.contains(&Some(column))
    }

    /// The rows that hold data.
    pub(super) fn data<'a>(&self, table: &'a GivenTable) -> &'a [GivenRow] {
        table.rows.get(usize::from(self.has_names)..).unwrap_or_default()
    }

    /// The cell of a row that is in a column of a sort.
    pub(super) fn cell<'a>(&self, row: &'a GivenRow, column: BulkColumn) -> Option<&'a GivenCell> {
        let place = self.columns.iter().position(|one| *one == Some(column))?;
        row.cells.get(place).filter(|cell| !cell.text.is_empty())
    }

    /// What stands in a row, with whatever looks like a card number masked before it is kept.
    pub(super) fn given(&self, row: &GivenRow) -> GivenRefund {
        let text = |column| self.cell(row, column).map(|cell| mask_card_numbers(&cell.text));
        GivenRefund {
            line: row.line,
            payment: text(BulkColumn::Payment),
            email: text(BulkColumn::Email),
            amount: text(BulkColumn::Amount),
            currency: text(BulkColumn::Currency),
            date: text(BulkColumn::Date),
            order: text(BulkColumn::Order),
            reason: text(BulkColumn::Reason),
            note: text(BulkColumn::Note),
        }
    }
}

/// What the columns seem to be. The first of two that fit equally well is taken; a person may say otherwise.
pub fn propose(table: &GivenTable) -> Mapping {
    let names = table.rows.first().filter(|first| looks_like_names(first));
    let has_names = names.is_some();
    let width = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let mut columns = vec![None; width];
    if let Some(names) = names {
        for column in BulkColumn::ALL {
            let heading =
                |cell: &GivenCell| column.headings().iter().position(|one| *one == plain(&cell.text));
            let best = names
                .cells
                .iter()
                .enumerate()
                .filter_map(|(place, cell)| Some((heading(cell)?, place)))
                .min();
            if let Some(place) =
                best.and_then(|(_, place)| columns.get_mut(place)).filter(|place| place.is_none())
            {
                *place = Some(column);
            }
        }
    }
    let mapping = Mapping { has_names, columns };
    by_content(table, mapping)
}

/// Finds ids, emails and amounts by what stands in columns that nothing is known of.
fn by_content(table: &GivenTable, mut mapping: Mapping) -> Mapping {
    type Looks = fn(&str) -> bool;
    let looks: [(BulkColumn, Looks); 3] =
        [(BulkColumn::Payment, is_id), (BulkColumn::Email, is_email), (BulkColumn::Amount, is_amount)];
    for (column, looks) in looks {
        if mapping.has(column) || (column == BulkColumn::Amount && mapping.has_names) {
            continue;
        }
        let fits = |place: usize| {
            let cells = mapping.data(table).iter().take(100).filter_map(|row| row.cells.get(place));
            let (mut fitting, mut filled) = (0, 0);
            for cell in cells.filter(|cell| !cell.text.is_empty()) {
                filled += 1;
                fitting += usize::from(looks(&cell.text));
            }
            filled > 0 && fitting * 5 >= filled * 4
        };
        let free =
            mapping.columns.iter().enumerate().filter(|(_, one)| one.is_none()).map(|(place, _)| place);
        let found = free.into_iter().find(|place| fits(*place));
        if let Some(place) = found.and_then(|place| mapping.columns.get_mut(place)) {
            *place = Some(column);
        }
    }
    mapping
}

/// Whether a row is one of names: one of them is a known heading, and none is what only data can be.
pub fn looks_like_names(row: &GivenRow) -> bool {
    let is_heading = |cell: &GivenCell| {
        let plain = plain(&cell.text);
        BulkColumn::ALL.iter().any(|column| column.headings().contains(&plain.as_str()))
    };
    let is_data = |cell: &GivenCell| {
        cell.is_number || is_id(&cell.text) || is_email(&cell.text) || is_amount(&cell.text)
    };
    !row.cells.iter().any(is_data) && (row.cells.iter().any(is_heading) || row.cells.len() > 1)
}

/// In small letters, without anything but letters and digits.
fn plain(text: &str) -> String {
    text.to_lowercase().chars().filter(|one| one.is_alphanumeric()).collect()
}

/// Whether a text has the shape of an id that leads to a payment.
pub(super) fn is_id(text: &str) -> bool {
    let starts = ["ch_", "py_", "pi_", "re_", "pyr_", "pay_"];
    starts.iter().any(|start| text.len() > start.len() && text.starts_with(start))
        && text.len() <= 255
        && text.bytes().all(|one| one.is_ascii_alphanumeric() || one == b'_')
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        && !text.contains(char::is_whitespace)
}

fn is_amount(text: &str) -> bool {
    text.starts_with(|one: char| one.is_ascii_digit())
        && text.contains(['.', ','])
        && text.chars().all(|one| one.is_ascii_digit() || matches!(one, '.' | ',' | '\u{a0}' | '\u{202f}'))
}

#[cfg(test)]
mod tests {
    use export::reading::read_pasted;

    use super::{BulkColumn, propose};

    fn columns(text: &str) -> (bool, Vec<Option<BulkColumn>>) {
        let mapping = propose(&read_pasted(text).unwrap());
        (mapping.has_names, mapping.columns)
    }

    #[test]
    fn headings_of_several_languages_are_known() {
        use BulkColumn::{Amount, Currency, Date, Email, Note, Order, Payment, Reason};
        for (heading, wanted) in [
            ("Payment ID,Amount,Currency", vec![Some(Payment), Some(Amount), Some(Currency)]),
            (
                "E-Mail;Betrag;Währung;Datum;Grund",
                vec![Some(Email), Some(Amount), Some(Currency), Some(Date), Some(Reason)],
            ),
            (
                "Courriel;Montant;Devise;Numéro de commande",
                vec![Some(Email), Some(Amount), Some(Currency), Some(Order)],
            ),
            (
                "Correo electrónico;Importe;Fecha;Notas",
                vec![Some(Email), Some(Amount), Some(Date), Some(Note)],
            ),
            ("order_id,shop,refund_amount,amount", vec![Some(Order), None, Some(Amount), None]),
        ] {
            let delimiter = if heading.contains(';') { ";" } else { "," };
            let text = format!("{heading}\n{}", vec!["x"; wanted.len()].join(delimiter));
            let (has_names, found) = columns(&text);
            assert!(has_names, "{heading}");
            assert_eq!(found.get(..wanted.len()).unwrap(), wanted, "{heading}");
        }
    }

    #[test]
    fn a_file_without_names_is_known_by_what_stands_in_it() {
        let (has_names, found) = columns("ch_1abc\t12.50\nch_2abc\t3.00\n");
        assert!(!has_names);
        assert_eq!(found, [Some(BulkColumn::Payment), Some(BulkColumn::Amount)]);
        assert_eq!(columns("ch_1abc\nch_2abc").1, [Some(BulkColumn::Payment)]);
    }
}
