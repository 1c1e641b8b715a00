//! The address that a vendor calls, where a tunnel or proxy stands before the listener: some vendors sign it.

/// Longest address.
const MOST: usize = 2_000;

/// An address as a person gave it, where it can be one: `https://host`, with or without a port and a path.
///
/// # Errors
/// Says what it is not.
pub(crate) fn checked(url: &str) -> Result<String, &'static str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.ok_or("the address begins with https:// or http://")?;
    let host = host_of(rest);
    let is_plain = url.len() <= MOST && url.bytes().all(|one| (b'!'..=b'~').contains(&one));
    if !is_plain || host.is_empty() || rest.contains(['@', '#', '?', '\\']) {
        return Err("the address has a host and a path, and no password, query or fragment");
    }
    // The slash behind a bare host is put there by browsers; behind a path it is a part of what the vendor signs.
    let is_bare = rest.split_once('/').is_some_and(|(_, path)| path.is_empty());
    Ok(url.strip_suffix('/').filter(|_| is_bare).unwrap_or(url).to_owned())
}

/// The name in it, without its port.
pub(crate) fn name_of(url: &str) -> &str {
    let host = url.split_once("://").map_or("", |(_, rest)| host_of(rest));
    match host.rsplit_once(':') {
        // The colons of an address in brackets are its own.
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

fn host_of(rest: &str) -> &str {
    rest.split('/').next().unwrap_or_default()
}

/// The whole address that is called: with the path of the listener where none was given.
pub(crate) fn called(url: &str, path: &str) -> String {
    let has_path = url.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if has_path { url.to_owned() } else { format!("{url}{path}") }
}

/// The addresses under which the vendor may have called a request, the likely one first: with the path of the listener where
/// none was given, or the root, which a proxy may send on to that path. The query is the request's own.
pub(crate) fn of_request(url: &str, request_url: &str) -> Vec<String> {
    let (path, query) = match request_url.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (request_url, None),
    };
    let path =
        path.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
    let mut all = vec![called(url, path), called(url, "/")];
    all.dedup();
    match query {
        Some(query) => all.iter().map(|called| format!("{called}?{query}")).collect(),
        None => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_perhaps_a_path() {
        assert_eq!(checked("https://a.example/").as_deref(), Ok("https://a.example"));
        assert_eq!(
            checked("https://a.example/in/").as_deref(),
            Ok("https://a.example/in/"),
            "it is signed with it"
        );
        assert_eq!(checked("https://a.example:8443/in/1").as_deref(), Ok("https://a.example:8443/in/1"));
        for bad in
            ["a.example", "ftp://a", "https://", "https://u@a", "https://a?x=1", "https://a/#b", "https://ä"]
        {
            assert!(checked(bad).is_err(), "{bad}");
        }
        assert_eq!(name_of("https://a.example:8443/in"), "a.example");
        assert_eq!(name_of("http://[::1]:80/in"), "[::1]");
        assert_eq!(name_of("http://[::1]"), "[::1]");
    }

    #[test]
    fn what_the_vendor_called_has_its_query_and_the_given_path() {
        let request = "http://127.0.0.1:4242/hooks/ab?bodySHA256=1";
        let both = ["https://a.example/hooks/ab?bodySHA256=1", "https://a.example/?bodySHA256=1"];
        assert_eq!(of_request("https://a.example", request), both, "a proxy may send its root on");
        assert_eq!(of_request("https://a.example/in", request), ["https://a.example/in?bodySHA256=1"]);
        assert_eq!(of_request("https://a.example/in/", "http://x/hooks/ab"), ["https://a.example/in/"]);
    }
}
