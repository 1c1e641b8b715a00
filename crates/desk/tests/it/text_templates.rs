//! Templates of SMS: ours, filled in before they are measured, and never sent with a hole.

use contract::ErrorCode;
use contract::messages::{MessageContent, PreviewMessage, SendMessage};
use contract::text_templates::{ListTextTemplates, RemoveTextTemplate, SaveTextTemplate};

use crate::sms::{sent, text, vendor_with, with_sms};
use crate::support::{SANDBOX, TestHome, connected, refundable, small_vendor};

const ADA: &str = "+4915112345678";

fn save(name: &str, text: &str) -> SaveTextTemplate {
    SaveTextTemplate { name: name.to_owned(), text: text.to_owned() }
}

fn by(template: &str, data: &str) -> SendMessage {
    let content = MessageContent::Template { id: template.to_owned(), data: data.to_owned() };
    SendMessage { content, ..text(ADA, "") }
}

fn shown(wish: &SendMessage) -> PreviewMessage {
    PreviewMessage {
        channel: wish.channel.clone(),
        account: None,
        from: None,
        to: wish.to.clone(),
        payment: wish.payment.clone(),
        content: wish.content.clone(),
        language: None,
        group: None,
        send_at: None,
        check: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_filled_in_measured_as_it_leaves_and_kept_by_name() {
    let (home, vendor, texts) = (TestHome::new(), small_vendor().await, vendor_with(0).await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_sms(&desk, &texts, &[ADA]).await;
    let made =
        desk.call(SANDBOX, save("Parcel", "Hi {{name}}, {{amount}} was paid. It\u{2019}s on its way.")).await;
    assert_eq!(made.unwrap().names, ["amount", "name"]);
    let wish = SendMessage {
        payment: Some(refundable(&desk).await),
        ..by("parcel", r#"{"name":"O'Brien & Söhne"}"#)
    };
    let preview = desk.call(SANDBOX, shown(&wish)).await.unwrap();
    let words = preview.text.unwrap();
    assert!(words.starts_with("Hi O'Brien & Söhne, ") && !words.contains("{{"), "{words}");
    let size = preview.size.unwrap();
    assert_eq!((size.encoding.as_str(), size.segments), ("ucs2", 1));
    let done = sent(&desk, wish).await;
    assert_eq!(
        (done.template.as_deref(), done.segments, done.purpose.as_str()),
        (Some("Parcel"), Some(1), "template")
    );

    // Once it is changed it is one all the same, whatever the case of its name.
    desk.call(SANDBOX, save("PARCEL", "Hi {{name}}")).await.unwrap();
    let all = desk.call(SANDBOX, ListTextTemplates {}).await.unwrap();
    assert_eq!((all.total, all.items[0].name.as_str()), (1, "PARCEL"));
    let gone = RemoveTextTemplate { name: "parcel".to_owned() };
    desk.call(SANDBOX, gone.clone()).await.unwrap();
    assert_eq!(desk.call(SANDBOX, gone).await.unwrap_err().code, ErrorCode::UnknownTemplate);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_holes_cannot_be_read_or_is_no_template_is_refused() {
    let (home, texts) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    with_sms(&desk, &texts, &[ADA]).await;
    for (name, text) in [("", "x"), ("a\nb", "x"), ("a", " "), ("a", "{{#if x}}"), ("a", &"x".repeat(10_001))]
    {
        assert_eq!(
            desk.call(SANDBOX, save(name, text)).await.unwrap_err().code,
            ErrorCode::BadTemplate,
            "{name:?}"
        );
    }
    desk.call(SANDBOX, save("hello", "Hi {{name}}")).await.unwrap();
    for (template, data, code) in [
        ("hello", "{}", ErrorCode::TemplateDataMissing),
        ("hello", "[", ErrorCode::BadMessage),
        ("other", "{}", ErrorCode::UnknownTemplate),
    ] {
        assert_eq!(desk.call(SANDBOX, by(template, data)).await.unwrap_err().code, code, "{template} {data}");
    }
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(2_000));
    assert_eq!(desk.call(SANDBOX, by("hello", &long)).await.unwrap_err().code, ErrorCode::BadMessage);
    assert!(texts.taken().is_empty(), "nothing left");
}
