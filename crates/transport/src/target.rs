//! Where events may be sent on to. An endpoint's address is anybody's text, and this machine sees places that nobody
//! outside does, so every address is judged before a byte is sent: by what is known of its network, and never by name.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Longest address of an endpoint, in bytes.
const LONGEST: usize = 2_048;

/// Where an address of the network leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A machine that everybody can reach.
    Public,
    /// This machine.
    Loopback,
    /// A machine in a private network, or in one that is shared behind a provider.
    Private,
    /// None that anything is sent to: link-local addresses and what clouds tell their machines there, addresses that
    /// stand for others by translation, several at once, reserved ones.
    Never,
}

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefusal {
    /// It cannot be read as one.
    #[error("it is no whole address such as https://example.com/hooks")]
    Unreadable,
    /// It is longer than anybody's.
    #[error("it is longer than 2,048 characters")]
    TooLong,
    /// `file:`, `gopher:`, `unix:` and the like.
    #[error("only https and http are spoken")]
    Scheme,
    /// User name or password in it.
    #[error("it holds a user name or a password")]
    UserInfo,
    /// Nothing that takes events listens there.
    #[error("port {0} is one that other services have")]
    Port(u16),
    /// Paydesk itself listens there: what it sends would come back to it for ever.
    #[error("port {0} is where Paydesk itself receives events")]
    OwnListener(u16),
    /// Plain `http` to a machine that is not here.
    #[error("http is for this machine and private networks alone; use https")]
    NotHttps,
    /// It leads to this machine or a private network, which was not allowed.
    #[error("it leads to {0}, which is not public")]
    Local(IpAddr),
    /// It leads to where nothing is ever sent.
    #[error("it leads to {0}, where nothing is ever sent")]
    Never(IpAddr),
}

/// An endpoint's address that may be called, as far as that can be told without asking for the addresses of its name.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    allow_local: bool,
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The path and the query may hold a token.
        formatter.debug_struct("Target").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl Target {
    /// Reads an address. Spellings of numbers, full stops of other scripts and international names are brought to the
    /// one form that is called before anything is judged.
    ///
    /// # Errors
    /// [`TargetRefusal`] in words that can be shown as they are.
    pub fn read(text: &str, allow_local: bool) -> Result<Self, TargetRefusal> {
        if text.len() > LONGEST {
            return Err(TargetRefusal::TooLong);
        }
        // The parser would let tabs and line breaks go unseen.
        if text.chars().any(|one| one.is_control() || one.is_whitespace()) {
            return Err(TargetRefusal::Unreadable);
        }
        let mut url = Url::parse(text).map_err(|_| TargetRefusal::Unreadable)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetRefusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() || authority_of(text).contains('@') {
            return Err(TargetRefusal::UserInfo);
        }
        let port = url.port_or_known_default().ok_or(TargetRefusal::Unreadable)?;
        if BLOCKED_PORTS.binary_search(&port).is_ok() {
            return Err(TargetRefusal::Port(port));
        }
        if url.scheme() == "http" && !allow_local {
            return Err(match literal(&url) {
                Some(address) if reach(address) != Reach::Public => refusal(address),
                _ => TargetRefusal::NotHttps,
            });
        }
        url.set_fragment(None);
        let target = Self { url, allow_local };
        match literal(&target.url) {
            Some(address) => target.judge(&[address]).map(|()| target),
            None => Ok(target),
        }
    }

    /// Judges all addresses of the host: one that is refused refuses them all, since nobody says which is called.
    ///
    /// # Errors
    /// Why nothing is sent there.
    pub fn judge(&self, addresses: &[IpAddr]) -> Result<(), TargetRefusal> {
        for address in addresses {
            match reach(*address) {
                Reach::Public if self.url.scheme() == "http" => return Err(TargetRefusal::NotHttps),
                Reach::Public => {}
                Reach::Loopback | Reach::Private if self.allow_local => {}
                _ => return Err(refusal(*address)),
            }
        }
        Ok(())
    }

    /// The address in its one form.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The port that is called.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(0)
    }

    /// Whether it may be on this machine or in a private network.
    pub fn allows_local(&self) -> bool {
        self.allow_local
    }

    /// Whether it names this machine by its loopback address or as `localhost`.
    pub fn is_this_machine(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

/// What stands between the scheme and the path, as it was typed: an empty user name is one, too.
fn authority_of(text: &str) -> &str {
    let rest = text.split_once(':').map_or(text, |(_, rest)| rest).trim_start_matches(['/', '\\']);
    rest.split(['/', '\\', '?', '#']).next().unwrap_or(rest)
}

/// The host, where it is an address itself.
pub(crate) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
    }
}

fn refusal(address: IpAddr) -> TargetRefusal {
    match reach(address) {
        Reach::Loopback | Reach::Private => TargetRefusal::Local(address),
        Reach::Public | Reach::Never => TargetRefusal::Never(address),
    }
}

/// Where an address leads (the registries of special addresses at IANA, and what large clouds tell their machines).
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // Told by clouds to their machines at addresses that look shared (Alibaba) or public (Azure).
        [100, 100, 100, 200] | [168, 63, 129, 16] => Reach::Never,
        [127, ..] => Reach::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Private,
        // This network, link-local, protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
        [0, ..]
        | [169, 254, ..]
        | [192, 0, 0, _]
        | [192, 0, 2, _]
        | [192, 31, 196, _]
        | [192, 52, 193, _]
        | [192, 88, 99, _]
        | [192, 175, 48, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [224..=255, ..] => Reach::Never,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if let Some(inner) = address.to_ipv4_mapped() {
        return reach_v4(inner);
    }
    let segments = address.segments();
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Loopback,
        // A public address reached by translation (NAT64) is that one; a local one would be somebody else's.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            match reach_v4(Ipv4Addr::new(a, b, c, d)) {
                Reach::Public => Reach::Public,
                _ => Reach::Never,
            }
        }
        // What Amazon and Google tell their machines.
        [0xfd00, 0xec2, ..] | [0xfd20, 0xce, ..] => Reach::Never,
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Protocol assignments with Teredo in them, documentation, 6to4, and all outside of global unicast.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => {
            Reach::Never
        }
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

/// Ports that browsers refuse (the list of the Fetch standard), and those of databases and of Docker. Sorted.
const BLOCKED_PORTS: [u16; 89] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 2375, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669,
    6679, 6697, 10080, 11211, 27017,
];

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{BLOCKED_PORTS, Reach, Target, TargetRefusal, reach};

    fn of(text: &str) -> Reach {
        reach(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn every_network_is_known_for_what_it_is() {
        for public in [
            "8.8.8.8",
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
        ] {
            assert_eq!(of(public), Reach::Public, "{public}");
        }
        for loopback in ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(of(loopback), Reach::Loopback, "{loopback}");
        }
        for private in [
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "fc00::1",
            "fd12::1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(of(private), Reach::Private, "{private}");
        }
        for never in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::7f00:1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "64:ff9b::a00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::a00:1",
            "2002:a00:1::1",
            "2002:808:808::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:db8::1",
            "2001:10::1",
            "3fff::1",
            "100::1",
            "5f00::1",
            "::ffff:0.0.0.0",
            "::ffff:169.254.169.254",
        ] {
            assert_eq!(of(never), Reach::Never, "{never}");
        }
    }

    #[test]
    fn ports_are_sorted_for_the_search() {
        assert!(BLOCKED_PORTS.is_sorted());
    }

    #[test]
    fn addresses_are_read_in_their_one_form() {
        let read = |text: &str| Target::read(text, false).map(|target| target.url().to_string());
        assert_eq!(read("https://Example.com/a#part").unwrap(), "https://example.com/a");
        assert_eq!(read("https://example\u{3002}com/").unwrap(), "https://example.com/");
        assert_eq!(read("https://b\u{fc}cher.example/").unwrap(), "https://xn--bcher-kva.example/");
        assert_eq!(read("http://example.com/"), Err(TargetRefusal::NotHttps));
        assert_eq!(read("http://127.0.0.1:3000/"), Err(TargetRefusal::Local("127.0.0.1".parse().unwrap())));
        assert_eq!(read("localhost:3000/hook"), Err(TargetRefusal::Scheme));
        assert_eq!(read("example.com"), Err(TargetRefusal::Unreadable));
        assert_eq!(read(&format!("https://example.com/{}", "a".repeat(2_048))), Err(TargetRefusal::TooLong));
        for user in ["https://good@evil.example/", "https://:x@evil.example/", "https://@evil.example/"] {
            assert_eq!(read(user), Err(TargetRefusal::UserInfo), "{user}");
        }
        for hidden in ["https://example.com/\r\nX: y", "https://exam\tple.com/", " https://example.com/", ""]
        {
            assert_eq!(read(hidden), Err(TargetRefusal::Unreadable), "{hidden:?}");
        }
    }

    #[test]
    fn local_is_for_the_tick_and_http_for_local_alone() {
        let local = Target::read("http://127.0.0.1:3000/hook", true).unwrap();
        assert!(local.is_this_machine() && local.allows_local() && local.port() == 3000);
        assert!(Target::read("http://localhost:3000/hook", true).unwrap().is_this_machine());
        assert!(!Target::read("http://localhost.evil.example/", true).unwrap().is_this_machine());
        let named = Target::read("http://dev.example/", true).unwrap();
        let judged = |addresses: &[&str]| {
            named.judge(&addresses.iter().map(|one| one.parse().unwrap()).collect::<Vec<_>>())
        };
        assert_eq!(judged(&["192.168.1.5"]), Ok(()));
        assert_eq!(judged(&["8.8.8.8"]), Err(TargetRefusal::NotHttps));
        assert!(matches!(judged(&["192.168.1.5", "169.254.169.254"]), Err(TargetRefusal::Never(_))));
    }
}
