use proptest::prelude::*;

use super::*;
use crate::find::term::{Ask, Bounds, Id, Status, Term, Text, Words};

/// A Wednesday, 2026-03-04T12:30:00Z.
fn parse(text: &str) -> Result<Query, QueryError> {
    super::parse(text, Timestamp::from_seconds(1_772_627_400))
}

fn asks(text: &str) -> Vec<Ask> {
    let ask = |node| match node {
        Node::Term(term) => term.ask,
        other => panic!("{text}: {other:?}"),
    };
    parse(text).unwrap().nodes.into_iter().map(ask).collect()
}

/// The tree in brackets: `+` for all, `|` for one of, `!` for not.
fn tree(text: &str) -> String {
    fn show(node: &Node) -> String {
        let joined =
            |nodes: &[Node], by: &str| format!("({})", nodes.iter().map(show).collect::<Vec<_>>().join(by));
        match node {
            Node::Term(Term { ask: Ask::Words(words), .. }) => words.text.clone(),
            Node::Term(Term { ask: Ask::Status(status), .. }) => format!("{status:?}"),
            Node::Term(Term { ask: Ask::Number { word, .. }, .. }) => word.text.clone(),
            Node::Term(term) => format!("{:?}", term.ask),
            Node::Not(node) => format!("!{}", show(node)),
            Node::All(nodes) => joined(nodes, "+"),
            Node::Any(nodes) => joined(nodes, "|"),
        }
    }
    parse(text).unwrap().nodes.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn word(text: &str) -> Ask {
    Ask::Words(Words { text: text.to_owned(), prefix: false, columns: &[] })
}

fn exact(thousandths: i64) -> Bounds {
    Bounds { least: Some(thousandths), most: Some(thousandths), open: false }
}

#[test]
fn field_words_are_read() {
    assert_eq!(asks("status:failed"), [Ask::Status(Status::Plain("failed"))]);
    assert_eq!(asks("STATUS:Refunded"), [Ask::Status(Status::Refunded)]);
    assert_eq!(asks("amount:19.99"), [Ask::Amount(exact(19_990))]);
    assert_eq!(asks("last4:4242"), [Ask::Last4("4242".to_owned())]);
    assert_eq!(asks("email:Jane@X.org"), [Ask::Email(Text { text: "jane@x.org".to_owned(), prefix: false })]);
    assert_eq!(asks("customer:cus_1"), [Ask::Customer("cus_1".to_owned())]);
    assert_eq!(asks("currency:usd"), [Ask::Currency("USD".to_owned())]);
    assert_eq!(asks("refund:re_1"), [Ask::Id(Id::Refund("re_1".to_owned()))]);
    assert_eq!(asks("dispute:any"), [Ask::Dispute(None)]);
    assert_eq!(
        asks("metadata.Order_id:A*"),
        [Ask::Metadata { name: "Order_id".to_owned(), value: Text { text: "a".to_owned(), prefix: true } }]
    );
    assert_eq!(tree("-status:failed"), "!Plain(\"failed\")");
}

#[test]
fn bare_pieces_are_told_by_their_shape() {
    assert_eq!(asks("ch_1"), [Ask::Id(Id::Payment("ch_1".to_owned()))]);
    assert_eq!(asks("19.99"), [Ask::Amount(exact(19_990))]);
    assert_eq!(asks("$19.99"), [Ask::Amount(exact(19_990))]);
    assert!(matches!(&asks("4242")[..], [Ask::Number { last4: Some(digits), .. }] if digits == "4242"));
    assert!(matches!(&asks("500")[..], [Ask::Number { last4: None, .. }]));
    assert_eq!(asks("Jane"), [word("Jane")]);
    assert_eq!(asks("O'Brien."), [word("O'Brien")]);
}

#[test]
fn a_pasted_header_becomes_words_an_email_and_a_number() {
    let found = asks("<\"Jane Doe\" <jane@x.org>, order 1042>");
    assert_eq!(found[0], word("Jane Doe"));
    assert_eq!(found[1], Ask::Email(Text { text: "jane@x.org".to_owned(), prefix: false }));
    assert_eq!(found[2], word("order"));
    assert!(matches!(&found[3], Ask::Number { last4: Some(digits), .. } if digits == "1042"));
    assert_eq!(asks("Email: jane@x.org"), asks("jane@x.org"));
}

#[test]
fn mistakes_are_told_with_their_place_and_the_nearest_word() {
    let error = parse("jane emial:x@y.z").unwrap_err();
    assert_eq!((error.code(), error.column()), ("query_unknown_field", Some(6)));
    assert!(error.to_string().contains("`email:`"), "{error}");
    let error = parse("status:suceeded").unwrap_err();
    assert_eq!((error.code(), error.column()), ("query_bad_value", Some(8)));
    assert!(error.to_string().ends_with("the nearest is `succeeded`"), "{error}");
    assert_eq!(parse("status:").unwrap_err().code(), "query_missing_value");
    for bad in [
        "amount:1e3",
        "amount:-5",
        "last4:42",
        "created:2026-02-30",
        "currency:euro",
        "metadata:x=",
        "sort:x",
        "-sort:amount",
        "vendor:paypal",
    ] {
        assert_eq!(parse(bad).unwrap_err().code(), "query_bad_value", "{bad}");
    }
}

#[test]
fn pasted_text_with_colons_is_no_mistake() {
    for text in ["Order:1042", "http://x.org/a", "12:30", "Re: your order", "to:me", ": :: a:"] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn amounts_and_dates_are_compared_without_a_colon() {
    assert_eq!(asks("amount>10"), asks("amount:>10"));
    assert_eq!(asks("Amount<=10"), asks("amount:<=10"));
    assert_eq!(asks("date>=2026-03-01"), asks("created:>=2026-03-01"));
    assert_eq!(parse("amount>ten").unwrap_err().column(), Some(7));
    assert_eq!(asks("jane<jane@x.org>"), asks("jane jane@x.org"));
}

#[test]
fn operators_join_and_turn_round_only_in_capitals() {
    for (text, expected) in [
        ("a b c", "a b c"),
        ("a AND b", "a b"),
        ("a OR b c", "(a|b) c"),
        ("a b OR c", "a (b|c)"),
        ("a OR b AND c OR d", "(a|b) (c|d)"),
        ("a OR b OR c", "(a|b|c)"),
        ("NOT a", "!a"),
        ("NOT -a", "a"),
        ("NOT NOT a", "a"),
        ("a OR NOT b", "(a|!b)"),
        ("a OR -b c", "(a|!b) c"),
        ("jane or not", "jane or not"),
        ("\"OR\" \"AND\"", "OR AND"),
        ("OR", "OR"),
        ("AND", "AND"),
        ("NOT", "NOT"),
        ("-", ""),
        ("a OR", "a"),
        ("a NOT", "a"),
        ("(a OR", "a"),
        ("(a OR) b", "a b"),
        ("OR a", "OR a"),
        ("a OR OR b", "(a|b)"),
        ("a AND AND b", "a b"),
        ("a OR AND b", "(a|b)"),
    ] {
        assert_eq!(tree(text), expected, "{text}");
    }
    assert_eq!(parse(&"a OR ".repeat(1_000)).unwrap_err().code(), "query_too_many_words");
}

#[test]
fn brackets_group_and_can_be_turned_round() {
    for (text, expected) in [
        ("(a b) OR c", "((a+b)|c)"),
        ("c OR (a b)", "(c|(a+b))"),
        ("(a OR b) (c OR d)", "(a|b) (c|d)"),
        ("-(a b) c", "!(a+b) c"),
        ("NOT (a OR b)", "!(a|b)"),
        ("NOT -(a OR b)", "(a|b)"),
        ("-(-(a))", "a"),
        ("(a (b OR (c d))) OR e", "((a+(b|(c+d)))|e)"),
        ("((((a OR b))))", "(a|b)"),
        ("status:(failed OR pending) a", "(Plain(\"failed\")|Plain(\"pending\")) a"),
        ("-status:(failed OR pending)", "!(Plain(\"failed\")|Plain(\"pending\"))"),
    ] {
        assert_eq!(tree(text), expected, "{text}");
    }
}

#[test]
fn brackets_of_pasted_text_part_words() {
    for (text, expected) in [
        ("(Order 1042)", "Order 1042"),
        ("jane (blue)", "jane blue"),
        ("thanks :) (see below", "thanks see below"),
        ("a) b", "a b"),
        ("(a OR b", "(a|b)"),
        ("a OR b)", "(a|b)"),
        (")(", ""),
        ("() a", "a"),
        ("a OR () b", "(a|b)"),
        ("Order:(1042)", "Order 1042"),
        ("555-(123)", "555 123"),
        ("\"(jane)\" OR blue", "((jane)|blue)"),
    ] {
        assert_eq!(tree(text), expected, "{text}");
    }
}

#[test]
fn a_thousand_brackets_are_understood_or_refused_with_their_place() {
    let wrapped = |inner: &str| format!("{}{inner}{}", "(".repeat(1_000), ")".repeat(1_000));
    assert_eq!(tree(&wrapped("")), "");
    assert_eq!(tree(&wrapped("a")), "a");
    assert_eq!(tree(&wrapped("a OR b")), "(a|b)");
    assert_eq!(tree(&format!("{}a", "-(".repeat(1_000))), "a");
    assert_eq!(tree(&format!("{}a{}", "-(".repeat(1_001), ")".repeat(1_001))), "!a");
    let deep = |levels: usize| format!("{}z{}", "(b OR (c ".repeat(levels), "))".repeat(levels));
    assert!(parse(&deep(25)).is_ok());
    let refused = parse(&deep(30)).unwrap_err();
    assert_eq!((refused.code(), refused.column()), ("query_too_deep", Some(43)));
    assert_eq!(parse(&deep(1_000)).unwrap_err().code(), "query_too_deep");
}

#[test]
fn a_pasted_message_leaves_what_tells_a_payment() {
    let left = |text: &str| parse(text).unwrap().relaxed().map(|query| query.nodes);
    let terms = |text: &str| asks(text).into_iter().map(|ask| Node::Term(Term { bare: true, ask })).collect();
    assert_eq!(left("hello jane@x.org"), Some(terms("jane@x.org")));
    assert_eq!(left("jane@x.org or bob@x.org"), Some(vec![Node::Any(terms("jane@x.org bob@x.org"))]));
    assert_eq!(left("jane@x.org"), None);
    assert_eq!(left("jane doe 500"), None);
    let pair = terms("19.99 last4:4242");
    let pair = parse("card 4242 was charged 19.99 twice").unwrap().relaxed().map(|query| {
        assert!(matches!(&query.nodes[..], [Node::All(found)] if found.len() == pair.len()), "{query:?}");
    });
    assert!(pair.is_some());
    let kept = left("status:failed hello jane@x.org -blue").unwrap();
    assert_eq!(kept.len(), 3, "{kept:?}");
    // An address such as this holds an operator without meaning one.
    assert_eq!(left("jane@x.org, Portland, OR 97201"), Some(terms("jane@x.org")));
}

#[test]
fn facts_of_card_and_charge_are_read() {
    let column = |column, value: &str| Ask::Column { column, value: value.to_owned() };
    assert_eq!(asks("country:gb"), [column("card_country", "GB")]);
    assert_eq!(asks("risk:Elevated"), [column("risk_level", "elevated")]);
    assert_eq!(asks("risk_level:elevated"), asks("risk:elevated"));
    assert_eq!(asks("type:iDEAL"), [column("method", "ideal")]);
    assert_eq!(asks("brand:\"American Express\""), [column("card_brand", "amex")]);
    let words = |columns, text: &str| Ask::Words(Words { text: text.to_owned(), prefix: false, columns });
    assert_eq!(asks("receipt:1817-9523"), [words(&["receipt"], "1817-9523")]);
    assert_eq!(asks("postal:\"SW1A 1AA\""), [words(&["postal"], "SW1A 1AA")]);
    assert_eq!(asks("zip:12345"), asks("postal:12345"));
    assert_eq!(asks("metadata:555-5555"), [words(&["metadata"], "555-5555")]);
    assert_eq!(asks("metadata:order_id=xyn712"), asks("metadata.order_id:xyn712"));
    assert_eq!(asks("note:\"by phone\""), [Ask::Note("by phone".to_owned())]);
    assert_eq!(asks("account:Shop"), [Ask::Account { name: "Shop".to_owned(), column: 9 }]);
    assert_eq!(asks("vendor:Stripe"), [Ask::Vendor("stripe".to_owned())]);
    assert_eq!(asks("exp:5/28"), [Ask::Expiry { month: 5, year: 2028 }]);
    assert_eq!(asks("exp:05/2028"), asks("exp:05/28"));
    for bad in ["exp:13/28", "exp:0/28", "exp:0528", "country:britain", "risk:elevate"] {
        assert_eq!(parse(bad).unwrap_err().code(), "query_bad_value", "{bad}");
    }
}

#[test]
fn parts_of_an_email_are_beginnings() {
    let email = |text: &str| Ask::Email(Text { text: text.to_owned(), prefix: true });
    assert_eq!(asks("email:jenny@exa"), [email("jenny@exa")]);
    assert_eq!(asks("email:jenny@"), [email("jenny@")]);
    assert!(matches!(&asks("email:jen")[..], [Ask::Words(Words { prefix: true, columns: ["email"], .. })]));
    assert!(matches!(&asks("email:@example.com")[..], [Ask::Words(_)]));
    assert!(matches!(&asks("email:\"jen\"")[..], [Ask::Words(Words { prefix: false, .. })]));
}

#[test]
fn an_unknown_word_is_a_name_of_metadata_or_text() {
    let any = parse("order_id:xyn712").unwrap().nodes;
    let [Node::Any(either)] = &any[..] else { panic!("{any:?}") };
    assert!(either[0].is(|ask| matches!(ask, Ask::Metadata { name, .. } if name == "order_id")));
    assert!(either[1].is(|ask| matches!(ask, Ask::Words(words) if words.text == "order_id:xyn712")));
    assert!(matches!(&asks("12:30")[..], [Ask::Words(_)]));
    assert!(matches!(&asks("https://x.org/ch_1")[..], [Ask::Id(_)]));
    let refused = parse("jane flow:redirect").unwrap_err();
    assert_eq!((refused.code(), refused.column()), ("query_not_mirrored", Some(6)));
}

#[test]
fn the_order_is_said_once_and_for_all() {
    let sort = |text: &str| parse(text).unwrap().sort;
    assert_eq!(sort("jane"), Sort::Newest);
    assert_eq!(sort("jane sort:created"), Sort::Oldest);
    assert_eq!(sort("sort:-date jane"), Sort::Newest);
    assert_eq!(sort("sort:amount currency:eur"), Sort::Smallest);
    assert_eq!(sort("currency:eur SORT:-Amount jane"), Sort::Largest);
    for text in [
        "(sort:created)",
        "(a sort:created)",
        "a OR sort:created",
        "sort:created OR a",
        "NOT sort:created",
        "sort:created sort:amount currency:eur",
    ] {
        assert_eq!(parse(text).unwrap_err().code(), "query_misplaced", "{text}");
    }
    let refused = parse("jane sort:amount").unwrap_err();
    assert_eq!((refused.code(), refused.column()), ("query_sort_needs_currency", Some(6)));
    assert!(parse("-currency:eur sort:amount").is_err());
    assert!(parse("sort:amount currency:eur OR currency:usd").is_err());
    let refused = parse("sort:ammount").unwrap_err();
    assert_eq!(refused.column(), Some(6));
    assert!(refused.to_string().ends_with("the nearest is `amount`"), "{refused}");
    assert!(parse("Sort: by date").is_ok());
}

#[test]
fn punctuation_alone_asks_nothing() {
    for text in ["", "-", "--", "\"\"", "()", "*", "&&", "||", "'", "\u{0}\u{1}", ". , ; !"] {
        assert_eq!(asks(text), [], "{text}");
    }
}

#[test]
fn limits_end_in_an_error_or_in_what_matters() {
    assert_eq!(parse(&"a".repeat(20_001)).unwrap_err().code(), "query_too_long");
    assert_eq!(parse(&"a ".repeat(5_000)).unwrap_err().code(), "query_too_many_words");
    assert_eq!(asks(&"a".repeat(10_000)).len(), 1);
    assert_eq!(asks(&"(".repeat(1_000)), []);
    let message = |middle: &str| format!("{}{middle} {}", "word ".repeat(500), "more ".repeat(500));
    assert_eq!(asks(&message("ch_1")), [Ask::Id(Id::Payment("ch_1".to_owned()))]);
    assert_eq!(asks(&message("19.99")), [Ask::Amount(exact(19_990))]);
    assert_eq!(asks(&message("(4242)")), [Ask::Last4("4242".to_owned())]);
}

proptest! {
    #[test]
    fn every_text_is_read_or_refused_with_a_place_inside_of_it(
        text in "\\PC{0,200}|[-:\"*<>=.@a-z0-9_ ()\\x00-\\x1f]{0,200}|((status|amount|sort|OR|NOT|AND|a)[-: ()x]){0,40}",
    ) {
        if let Err(error) = parse(&text) {
            let inside = error.column().is_none_or(|column| (1..=text.chars().count() + 1).contains(&column));
            prop_assert!(inside, "{error}");
        }
    }
}

#[test]
fn slips_that_can_only_mean_one_thing_are_taken_for_it() {
    for (written, meant) in [
        ("status:failed or status:pending", "status:failed OR status:pending"),
        ("status:failed and brand:visa", "status:failed brand:visa"),
        ("status:failed and not brand:visa", "status:failed -brand:visa"),
        ("(jane) or status:failed", "(jane) OR status:failed"),
        ("status:failed,pending", "status:(failed OR pending)"),
        ("-status:failed,pending|canceled", "-status:(failed OR pending OR canceled)"),
        ("currency:usd,eur last4:4242,0001", "currency:(usd OR eur) last4:(4242 OR 0001)"),
        ("status: failed brand: Visa", "status:failed brand:visa"),
        ("-Status: failed", "-status:failed"),
        ("status:failed OR", "status:failed"),
        ("status:failed NOT", "status:failed"),
        ("country:uk brand:mc", "country:GB brand:mastercard"),
        ("amount:$10", "amount:10"),
        ("amount:10.50eur", "amount:10.50 currency:EUR"),
        ("amount:\"10.50 EUR\"", "amount:10.50 currency:EUR"),
        ("amount:EUR10..20", "amount:10..20 currency:EUR"),
        ("ending in 4242", "4242"),
        ("visa ends with 4242.", "visa 4242"),
    ] {
        assert_eq!(tree(written), tree(meant), "{written}");
    }
    // Between words they are words, and in a pasted text a word with a colon is what stands before it.
    assert_eq!(tree("tom and jerry or not"), "tom and jerry or not");
    assert_eq!(tree("Status: Completed"), tree("Completed"));
    assert_eq!(tree("it is ending in march"), "it is ending in march");
    for (text, column) in [
        ("status:failed,pendng", 15),
        ("brand:mastercrd", 7),
        ("amount:20..10", 8),
        ("created:2026-12..2026-01", 9),
        ("amount:10zzzz", 8),
    ] {
        assert_eq!(parse(text).unwrap_err().column(), Some(column), "{text}");
    }
}

#[test]
fn what_a_word_names_is_found_by_it_as_well() {
    for (word, named) in
        [("Visa", "card_brand"), ("American", ""), ("eur", "Currency"), ("EUR,", "Currency"), ("try", "")]
    {
        let said = tree(word);
        assert_eq!(said.contains(named) && !named.is_empty(), !named.is_empty(), "{word}: {said}");
        assert!(named.is_empty() != said.contains('|'), "{word}: {said}");
    }
    let trace = tree("74000000000000000000001");
    assert!(trace.contains("Trace") && trace.contains('|'), "{trace}");
    assert!(!tree("\"visa\"").contains('|'));
}
