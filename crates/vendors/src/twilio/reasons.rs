//! Twilio's numbers for what went wrong, in our words. Its sentences are shown beside them and decide nothing.

/// Numbers of refusals and of undelivered messages, with a word of ours. Several numbers that come to the same for whoever reads them share a word.
const REASONS: [(u32, &str); 36] = [
    (20003, "key_not_accepted"),
    (20008, "test_credentials"),
    (20429, "rate_limited"),
    (21211, "invalid_number"),
    (21212, "sender_not_usable"),
    (21214, "unreachable_number"),
    (21217, "invalid_number"),
    (21265, "invalid_number"),
    (21408, "country_not_enabled"),
    (21601, "sender_not_usable"),
    (21602, "no_text"),
    (21603, "sender_not_usable"),
    (21604, "invalid_number"),
    (21606, "sender_not_usable"),
    (21608, "trial_account"),
    (21609, "callback_not_usable"),
    (21610, "unsubscribed"),
    (21611, "queue_full"),
    (21612, "no_route"),
    (21614, "no_mobile_number"),
    (21617, "text_too_long"),
    (21656, "template_data_not_usable"),
    (21659, "sender_not_usable"),
    (21660, "sender_not_usable"),
    (21703, "sender_not_usable"),
    (30001, "queue_full"),
    (30002, "account_suspended"),
    (30003, "handset_unreachable"),
    (30004, "blocked"),
    (30005, "unknown_handset"),
    (30006, "landline"),
    (30007, "filtered"),
    (30008, "unknown_error"),
    (30022, "rate_limited_by_carrier"),
    (30034, "sender_not_registered"),
    (30036, "too_old"),
];

/// Why, as a word of ours with Twilio's number behind it, such as `landline (30006)`. A number that is not known says that and no more.
pub(super) fn reason(code: u32) -> String {
    let word = REASONS.iter().find(|(one, _)| *one == code).map_or("vendor_error", |(_, word)| word);
    format!("{word} ({code})")
}

#[cfg(test)]
mod tests {
    use super::{REASONS, reason};

    #[test]
    fn each_number_has_one_word_and_they_stand_in_order() {
        assert!(REASONS.windows(2).all(|two| two[0].0 < two[1].0));
        assert_eq!(reason(30006), "landline (30006)");
        assert_eq!(reason(21610), "unsubscribed (21610)");
        assert_eq!(reason(63999), "vendor_error (63999)");
        assert!(
            REASONS
                .iter()
                .all(|(_, word)| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        );
    }
}
